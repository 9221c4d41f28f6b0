"""The only Streamlit in the package: the frame of all pages, the controls, and the live components."""
