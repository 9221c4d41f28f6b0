"""Links to prepared settings: plain anchors, since only these open exactly what their address says."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from html import escape
from urllib.parse import urlencode

import streamlit as st

from bnviz.config import Config
from bnviz.settings import SETTINGS, Setting
from bnviz.ui.watching import watched

PARAMETER = "setting"  # of the address; which link was followed


def setting_url(setting: Setting, kept: Mapping[str, list[str]]) -> str:
    """The address of a setting on the same page; ``kept`` are parameters of the page to go along."""
    return "?" + urlencode({PARAMETER: setting.name, **kept, **setting.config.to_query()}, doseq=True)


def setting_links(kept: Mapping[str, list[str]], settings: Sequence[Setting] = SETTINGS) -> None:
    """A row of links to the settings; not for who watches a run, whom they would lead away from it."""
    if watched():
        return
    anchors = []
    for setting in settings:
        href, title = escape(setting_url(setting, kept)), escape(setting.title)
        anchors.append(f'<a href="{href}" target="_self" title="{title}">{escape(short(setting))}</a>')
    st.html(
        f'<nav aria-label="Settings to try" style="font-size: 0.875rem">Try: {" · ".join(anchors)}</nav>',
        width="content",
    )


def setting_watch(name: str, config: Config, settings: Sequence[Setting] = SETTINGS) -> None:
    """What to watch at the setting of this name, which was opened; nothing when other networks train by now."""
    for setting in settings:
        if setting.name == name and replace(setting.config, seed=config.seed).structure == config.structure:
            st.markdown(f"**{setting.title}.** {setting.watch}")


def short(setting: Setting) -> str:
    """A name for a small button."""
    return setting.name.replace("_", " ").capitalize()
