"""Controls: the widgets of a config's fields, bound to the URL. A widget's key is its field's name.

Who only watches a run has none of them: there stands what each setting is.
"""

import dataclasses
from collections.abc import Callable, Mapping
from typing import Any, TypeVar
from urllib.parse import urlsplit

import streamlit as st

from bnviz.asked import SEEDS, Asked
from bnviz.config import Config
from bnviz.fields import Choice, Digest, Field, Number, Several, number_text
from bnviz.ui import address
from bnviz.ui.watching import keep_told, refuse_bad_token, tell, told, watched

Kind = TypeVar("Kind", bound=Asked)

MOST_EXPLAINED = 12  # names of a choice in its help
_CHECKED = "_url_checked"
_NOTES = "_url_notes"


def repair_url(page_fields: Mapping[str, Field], kind: type[Asked] = Config, opening: Asked | None = None) -> None:
    """Mend what the URL asks for and say what was changed; once per visit of a page, before any widget.

    Where the URL asks for nothing, the page opens with the config ``opening``. Then the defaults, which a bound widget
    keeps out of the URL, have one that says so.

    A bound widget drops a bad value without a word. So the raw parameters are read first, each is moved to the
    nearest allowed value, and the page runs again with a URL that agrees with its widgets. The URL of a run that is
    watched is left as it is: what it asks for is what that run has.
    """
    refuse_bad_token()
    if watched():
        return
    visited = urlsplit(st.context.url or "").path
    if st.session_state.get(_CHECKED) == visited:
        notes = st.session_state.pop(_NOTES, [])
        if notes:
            st.warning("\n".join(["The link was mended:", *(f"- {note}" for note in notes)]))
        if opening is not None and not st.query_params:
            st.query_params[address.DEFAULTS] = ""
        return
    st.session_state[_CHECKED] = visited
    raw = address.settings()
    mended, notes = mend(raw, page_fields, kind)
    plain = {address.DEFAULTS: [""]} if address.DEFAULTS in st.query_params else {}
    if not mended and not plain and opening is not None:
        mended = opening.to_query()
    if mended != raw:
        st.session_state[_NOTES] = notes
        st.query_params.from_dict(plain | mended)
        st.rerun()


def mend(
    raw: Mapping[str, list[str]], page_fields: Mapping[str, Field], kind: type[Asked] = Config
) -> tuple[dict[str, list[str]], list[str]]:
    """The parameters with every value allowed, and a sentence for each that was changed."""
    mended, notes = {}, []
    config, of_config = kind.from_query(raw), kind.fields()
    fields = {**of_config, **page_fields}
    for name, texts in raw.items():
        field = fields.get(name)
        if field is None:
            notes.append(f"The link names {_quoted(name)}, which is no setting here; it was left out.")
            continue
        if not field.linked:
            notes.append(f"{field.label}: a link cannot hold a table; choose the file, or the data set, again.")
            continue
        value = getattr(config, name) if name in of_config else field.nearest(field.range.parse(texts))
        mended[name] = field.range.text(value)
        if _meaning(field, texts) != _meaning(field, mended[name]):
            asked, now = _quoted(", ".join(filter(None, texts))), ", ".join(mended[name]) or "none"
            notes.append(f"{field.label}: the link asks for {asked}, which is not possible; {now} is used.")
    return mended, notes


def _meaning(field: Field, texts: list[str]) -> Any:
    """What the strings say: “2” and “2.0” are the same number."""
    if isinstance(field.range, Number):
        try:
            return float(texts[-1])
        except ValueError:
            return texts[-1]
    return texts[-1:] if isinstance(field.range, Choice) else texts


def _quoted(text: str) -> str:
    """A visitor's text, shortened, as Markdown that shows it letter by letter: no links, no pictures, no formulas."""
    short = text if len(text) <= 40 else f"{text[:39]}…"
    words = short.replace("`", "'").split()
    return f"`{' '.join(words)}`" if words else "nothing"


def settle(kind: type[Asked] = Config) -> None:
    """Put what the widgets hold and cannot mean (no network, a layer that is not there) right, before they are made."""
    held = {name: st.session_state[name] for name in kind.fields() if name in st.session_state}
    for name, value in dataclasses.asdict(kind.nearest(held)).items():
        settled = list(value) if isinstance(value, tuple) else value  # a widget holds several names as a list
        if name in held and settled != held[name]:
            st.session_state[name] = settled


def matters(field: Field, kind: type[Asked] = Config) -> bool:
    """Whether there is anything to choose, among the values that the widgets hold."""
    return field.matters(dataclasses.asdict(asked_of(kind)))


def asked_config() -> Config:
    """The config of networks that train, as the widgets ask for it."""
    return asked_of(Config)


def asked_of(kind: type[Kind]) -> Kind:
    """The config that the widgets ask for; every value is mended again, since widgets are checked in browsers only.

    Where a run is watched, it is that of the address, with what the run has told since.
    """
    if watched():
        linked = dataclasses.asdict(kind.from_query(address.settings()))
        return kind.nearest({**linked, **told()})
    return kind.nearest({name: st.session_state[name] for name in kind.fields() if name in st.session_state})


def page_value(field: Field) -> Any:
    """What the widget of a page's own field holds."""
    return field.nearest(st.session_state.get(field.name, field.default))


def new_seed() -> None:
    """The next seed: everybody in a class who presses the button sees the same networks."""
    st.session_state["seed"] = (st.session_state["seed"] + 1) % int(SEEDS.maximum + 1)


def put_back(kind: type[Asked] = Config, opening: Asked | None = None) -> None:
    """Put every field of the config back to its default, or to the config with which the page opens.

    What the page shows of it stays.
    """
    for name, value in dataclasses.asdict(opening or kind()).items():
        if name in st.session_state:
            st.session_state[name] = list(value) if isinstance(value, tuple) else value


def take_over(knobs: Any, kind: type[Asked] = Config) -> None:
    """Let the widgets hold what a run was told while they were not heard; what comes from a page is mended first."""
    stands = (
        {name: value for name, value in knobs.items() if name in kind.knob_names()} if isinstance(knobs, dict) else {}
    )
    if watched():
        keep_told(stands)
    config = kind.nearest({**dataclasses.asdict(asked_of(kind)), **stands})
    for name in stands:
        if name in st.session_state:
            st.session_state[name] = getattr(config, name)


def hold_in_url(field: Field) -> None:
    """Take a field that has no widget from the URL, which alone holds it; before ``settle``.

    A button sets it by ``put_in_url``: Streamlit binds no button.
    """
    st.session_state[field.name] = field.nearest(field.range.parse(st.query_params.get_all(field.name)))


def put_in_url(field: Field, value: Any) -> None:
    """Set a field that the URL alone holds; the default is not written."""
    if value == field.default:
        st.query_params.pop(field.name, None)
    else:
        st.query_params[field.name] = field.range.text(value)


def control(field: Field, inline: bool = False) -> None:
    """The widget that fits a field, bound to the URL under the field's name; ``inline`` lays a choice out in a row.

    Of a run that is only watched, what the field is.
    """
    if field.asked and watched():
        return tell(field)
    shared: dict[str, Any] = {
        "label": field.label,
        "key": field.name,
        "bind": "query-params",
        "help": f"{field.help} {_allowed_text(field)}",
        "on_change": _on_change(field),
    }
    match field.range:
        case Number(stops=stops) if stops:
            options = [int(stop) for stop in stops] if field.range.integer else list(stops)
            st.select_slider(options=options, value=field.default, format_func=number_text, **shared)
        case Number(minimum=minimum, maximum=maximum, step=step, integer=True) if maximum > 1000:
            st.number_input(
                min_value=int(minimum), max_value=int(maximum), value=field.default, step=int(step), **shared
            )
        case Number(minimum=minimum, maximum=maximum, step=step, integer=whole):
            kind = int if whole else float
            st.slider(min_value=kind(minimum), max_value=kind(maximum), value=field.default, step=kind(step), **shared)
        case Choice() if inline:
            names = list(field.range.options())
            st.segmented_control(options=names, default=field.default, required=True, **shared)
        case Choice():
            names = list(field.range.options())
            st.selectbox(options=names, index=names.index(field.default), **shared)
        case Digest():
            pass  # set by what the user gives, not by hand
        case Several() if inline:
            names = list(field.range.options())
            st.pills(options=names, default=list(field.default), selection_mode="multi", **shared)
        case Several():
            names = list(field.range.options())
            st.multiselect(options=names, default=list(field.default), max_selections=field.range.most, **shared)


def settings_button(label: str, on_click: Callable[..., None], **more: Any) -> None:
    """A button that changes settings; none for who only watches."""
    if not watched():
        st.button(label, on_click=on_click, **more)


def _on_change(field: Field) -> Callable[[], None]:
    """Set what moving this control implies: taking hold of γ holds it."""

    def follow() -> None:
        for name, value in field.implies:
            st.session_state[name] = value

    return follow


def _allowed_text(field: Field) -> str:
    """What the field may be. The names of a choice are shown as they are, since they stand in the URL too."""
    if isinstance(field.range, Number):
        unit = f" {field.unit}" if field.unit and field.unit != "×" else ""
        return f"From {number_text(field.range.minimum)} to {number_text(field.range.maximum)}{unit}."
    if isinstance(field.range, Digest):
        return ""
    explained = {name: label for name, label in field.range.options().items() if name.lower() != label.lower()}
    return "; ".join(f"**{name}**: {label}" for name, label in list(explained.items())[:MOST_EXPLAINED])
