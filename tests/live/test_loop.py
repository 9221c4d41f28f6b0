"""A real worker process, spoken to over its pipes as the server does it."""

import os
import signal
import struct
import subprocess
import sys
import threading
from pathlib import Path
from queue import Empty, Queue
from time import monotonic

import numpy as np
import pytest

from bnviz import Config
from bnviz.live.loop import MOST_TOLD, Loop
from bnviz.live.wire import pack_message, read_message, unpack_frame, unpack_rows

ROOT = Path(__file__).parents[2]
PATIENCE = 30  # seconds until a test gives up waiting
PLAIN = ["-m", "bnviz.live.worker"]
NOISY = """
import os
from bnviz.live import player, worker

make_frame = player.Player.make_frame

def noisy(self, fields):
    print("printed by python", flush=True)
    os.write(1, b"written to descriptor 1\\n")
    os.system("echo echoed by a child")
    return make_frame(self, fields)

player.Player.make_frame = noisy
worker.main()
"""


class Worker:
    """A worker process and what it has said so far."""

    def __init__(self, arguments, errors):
        self.errors = errors
        with errors.open("wb") as log:
            self.process = subprocess.Popen(
                [sys.executable, *arguments], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log,
                env={**os.environ, "PYTHONPATH": str(ROOT)},
            )  # fmt: skip
        self.messages = Queue()
        self.reader = threading.Thread(target=self._read)
        self.reader.start()
        self.waiting = {}  # messages of other runs, heard while one was waited for

    def _read(self):
        try:
            while (message := read_message(self.process.stdout)) is not None:
                self.messages.put(message)
        finally:
            self.messages.put(None)  # the end, or something that is no message

    def say(self, do, run, payload=b"", **more):
        self.process.stdin.write(pack_message({"do": do, "run": run, **more}, payload))
        self.process.stdin.flush()

    def open(self, run, config, payload=b""):
        values = {name: getattr(config, name) for name in config.structure | config.knobs}
        self.say("open", run, payload, config=values, **({"holds": "table"} if payload else {}))

    def hear(self, run=None, reports=False):
        """The next message about a run: header and payload; ``reports`` are of what the server is to keep of it."""
        while not self.waiting.get((run, reports)):
            try:
                message = self.messages.get(timeout=PATIENCE)
            except Empty:
                raise AssertionError(f"the worker said nothing; its log: {self.errors.read_text()}") from None
            if message is None:
                self.messages.put(None)  # for who asks next
                raise AssertionError(f"the worker ended or spoke nonsense; its log: {self.errors.read_text()}")
            is_report = message[0]["type"] in ("kept", "changed", "undone", "large")
            self.waiting.setdefault((message[0].get("run"), is_report), []).append(message)
        return self.waiting[run, reports].pop(0)

    def frame(self, run, *fields):
        """Header and arrays of a frame that is asked for now."""
        self.say("want", run, fields=fields)
        header, payload = self.hear(run)
        assert (header["type"], header["run"]) == ("frame", run), header
        return unpack_frame(payload)

    def frame_when(self, run, holds, *fields):
        """The first of the frames that fits; each is asked for when the last has come."""
        deadline = monotonic() + PATIENCE
        while monotonic() < deadline:
            header, arrays = self.frame(run, *fields)
            if holds(header):
                return header, arrays
        raise AssertionError(f"no frame fits, such as the last: {header}")

    def end(self):
        """Kill it, if it is still there."""
        self.process.kill()
        self.process.wait()
        self.process.stdin.close()
        self.reader.join()
        self.process.stdout.close()


@pytest.fixture
def start(tmp_path):
    """Starts workers, and ends those that a test leaves behind."""
    started = []

    def start(arguments=PLAIN):
        started.append(Worker(arguments, tmp_path / f"errors{len(started)}"))
        return started[-1]

    yield start
    for worker in started:
        worker.end()


@pytest.fixture(scope="module")
def noisy(tmp_path_factory):
    """A worker in which something prints with each frame; most tests share it."""
    worker = Worker(["-c", NOISY], tmp_path_factory.mktemp("worker") / "errors")
    try:
        assert worker.hear() == ({"type": "ready"}, b"")
        yield worker
    finally:
        worker.end()


@pytest.fixture
def worker(noisy):
    """The shared worker; the test's runs are ``a``, ``b`` and ``c``, and are closed after it."""
    yield noisy
    for run in "abc":
        noisy.say("close", run)
    noisy.waiting.clear()


def test_a_run_is_opened_trains_and_is_shown_when_wanted(worker, small):
    worker.open("a", small())
    header, arrays = worker.frame_when("a", lambda header: header["step"] >= 5, "drift", "loss_history")
    assert (header["state"], header["arms"], header["device"]) == ("running", ["none", "batch"], "cpu")
    assert arrays["drift"].shape == (2, 3)
    assert arrays["loss_history"].shape == (2, header["step"])


def test_a_change_comes_back_with_its_number_and_its_effect(worker, small):
    worker.open("a", small())
    worker.say("pause", "a")
    before, old = worker.frame_when("a", lambda header: header["state"] == "paused", "mean/affine_output")
    worker.say("change", "a", knobs={"beta": 2.0, "affine": "held"}, seq=41)
    after, new = worker.frame("a", "mean/affine_output")
    assert (after["seq"], after["step"], after["knobs"]["beta"]) == (41, before["step"], 2.0)
    assert new["mean/affine_output"][1] == pytest.approx(2, abs=1e-3)
    assert abs(old["mean/affine_output"][1]).max() < 1


def test_the_users_own_table_comes_with_the_opening(worker, small, own_table):
    worker.open("a", small(dataset="table", table=own_table.digest), own_table.to_bytes())
    worker.frame_when("a", lambda header: header["step"] >= 5, "drift")
    worker.say("reset", "a")
    worker.say("pause", "a")
    header, arrays = worker.frame("a", "test_accuracy")
    assert header["state"] == "paused"
    assert arrays["test_accuracy"].shape == (2,)


@pytest.mark.parametrize(
    ("cut", "words"),
    [
        (None, "ValueError: The server holds no such table; choose the file again."),
        (50, "ValueError: a packed table is"),
    ],
)
def test_a_table_that_did_not_come_whole_costs_the_run(worker, small, own_table, cut, words):
    payload = own_table.to_bytes()[:cut] if cut else b""
    worker.open("a", small(dataset="table", table=own_table.digest), payload)
    header, _ = worker.hear("a")
    assert header["type"] == "failed"
    assert header["message"].startswith(words)


def test_it_answers_while_its_runs_train(worker, small):
    for run in "abc":
        worker.open(run, small())
    for _ in range(5):
        worker.process.stdin.write(pack_message({"do": "ping"}))
        worker.process.stdin.flush()
        assert worker.hear(None) == ({"type": "pong"}, b"")


def test_stray_prints_do_not_get_among_the_messages(worker, small):
    worker.open("a", small())
    for _ in range(3):
        worker.frame("a", "drift")  # checks each message
    log = worker.errors.read_text()
    for text in ("printed by python", "written to descriptor 1", "echoed by a child"):
        assert log.count(text) >= 3


def test_a_run_that_fails_says_why_and_the_others_go_on(worker, small):
    worker.open("a", small())
    worker.say("open", "b", config={"depth": 3000})
    header, payload = worker.hear("b")
    assert (header["type"], payload) == ("failed", b"")
    assert "ValueError" in header["message"]
    assert "depth" in header["message"]
    assert "3000" in header["message"]
    step = worker.frame("a", "drift")[0]["step"]
    assert worker.frame_when("a", lambda header: header["step"] > step)


@pytest.mark.parametrize(
    ("do", "more"), [("change", {"knobs": {"gamma": 1e9}, "seq": 1}), ("want", {"fields": ["nothing"]}), ("sing", {})]
)
def test_a_run_that_fails_on_the_way_is_gone(worker, small, do, more):
    worker.open("a", small())
    worker.open("b", small())
    worker.frame("a", "drift")
    worker.say(do, "a", **more)
    assert worker.hear("a")[0]["type"] == "failed"
    worker.say("want", "a", fields=["drift"])  # no more than a word to nobody
    worker.frame("b", "drift")
    assert not worker.waiting.get(("a", False))
    worker.open("a", small())  # its name is free again
    assert worker.frame("a", "drift")[0]["step"] >= 0


def test_runs_take_turns(worker, small):
    for run in "abc":
        worker.open(run, small())
        worker.say("set_speed", run, steps_per_second=None)
    for run in "abc":
        worker.frame_when(run, lambda header: header["step"] > 100, "drift")


def test_a_run_that_is_told_much_does_not_keep_the_others_waiting(worker, small):
    for run in "ab":
        worker.open(run, small())
        worker.say("pause", run)
        worker.frame(run)
    for _ in range(300):
        worker.say("step", "a")
    worker.say("want", "a", fields=["drift"])
    worker.say("want", "b", fields=["drift"])
    worker.hear("b")
    assert not worker.waiting.get(("a", False))  # it has steps to make yet
    header, _ = unpack_frame(worker.hear("a")[1])
    assert header["step"] >= 300


def test_what_a_run_was_told_before_it_is_closed_is_not_obeyed_any_more(worker, small):
    worker.open("a", small())
    worker.say("pause", "a")
    worker.frame("a")
    for _ in range(300):
        worker.say("step", "a")
    worker.say("sing", "a")  # would fail
    worker.say("close", "a")
    worker.open("a", small())
    assert worker.frame("a", "drift")[0]["step"] < 300


def test_a_closed_run_is_forgotten(worker, small):
    worker.open("a", small())
    worker.frame("a")
    worker.say("close", "a")
    worker.say("want", "a", fields=[])
    worker.open("b", small())
    worker.frame("b")  # the worker has seen to what came before
    assert not worker.waiting.get(("a", False))


def test_ctrl_c_is_the_servers_business(worker, small):
    worker.open("a", small())
    worker.frame("a")
    worker.process.send_signal(signal.SIGINT)
    step = worker.frame("a")[0]["step"]
    worker.frame_when("a", lambda header: header["step"] > step)
    assert worker.process.poll() is None


def test_it_ends_when_its_pipe_is_closed_also_from_the_middle_of_training(start):
    worker = start()
    worker.open("a", Config(depth=20, width=256, batch_size=1024, device="cpu"))
    worker.say("set_speed", "a", steps_per_second=None)
    worker.frame("a")
    worker.process.stdin.close()
    assert worker.process.wait(PATIENCE) == 0


def test_it_ends_when_its_pipe_is_closed_before_it_is_ready(start):
    worker = start()
    worker.process.stdin.close()
    assert worker.process.wait(PATIENCE) == 0


@pytest.mark.parametrize("junk", [struct.pack("<II", 2**32 - 1, 0), struct.pack("<II", 4, 0) + b"junk"])
def test_it_does_not_stay_behind_when_something_else_than_messages_comes(start, junk):
    """It could not hear the goodbye any more."""
    worker = start()
    worker.process.stdin.write(junk)
    worker.process.stdin.close()
    try:
        worker.process.wait(10)
    except subprocess.TimeoutExpired:
        pytest.fail("the worker is still there after its pipe was closed")


def test_rows_of_the_past_come_with_what_they_were_asked_for(worker, small):
    worker.open("a", small())
    worker.say("look", "a", fields=["drift", "words"])
    worker.say("pause", "a")
    worker.frame_when("a", lambda header: header["state"] == "paused")
    for _ in range(7):
        worker.say("step", "a")
    for after in (-1, 3):
        worker.say("history", "a", after=after)
        header, payload = worker.hear("a")
        assert (header["type"], header["after"]) == ("history", after)
        told, rows = unpack_rows(payload)
        assert list(rows) == [step for step in told["kept"] if step > after]
    itself, arrays = unpack_frame(rows[max(rows)])
    assert (arrays.keys(), itself["texts"].keys()) == ({"drift"}, {"words"})
    worker.say("history", "b", after=-1)  # no more than a word to nobody
    worker.frame("a")
    assert not worker.waiting.get(("b", False))


# ---------------------------------------------------------------------- shares


def test_a_run_whose_steps_take_long_leaves_the_others_their_share(worker, small):
    """The one run's turn takes many slices; meanwhile the other is due all the time, and so has most of the turns."""
    worker.open("a", small(depth=20, width=128, normalizers=("none", "batch", "layer", "group")))
    worker.open("b", small(depth=1, width=4))
    for run in "ab":
        worker.say("set_speed", run, steps_per_second=None)
        worker.frame(run)
    start, _ = worker.frame("a")
    small_start, _ = worker.frame("b")
    end, _ = worker.frame_when("a", lambda header: header["step"] >= start["step"] + 10)
    small_end, _ = worker.frame("b")
    assert small_end["step"] - small_start["step"] > 5 * (end["step"] - start["step"])


@pytest.fixture
def loop():
    """A loop that is not serving, with what it has noted."""
    loop = object.__new__(Loop)
    loop._told = {}
    return loop


def test_a_hand_that_drags_on_is_obeyed_at_its_last_place(loop):
    for seq, gamma in enumerate((1.0, 1.5, 2.0)):
        loop._note({"do": "change", "run": "a", "knobs": {"gamma": gamma}, "seq": seq})
    assert list(loop._told["a"]) == [{"do": "change", "run": "a", "knobs": {"gamma": 2.0}, "seq": 2}]


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ({"gamma": 1.0}, {"beta": 1.0}), ({"affine": "held"}, {"affine": "learned"}),
        ({"gamma": 1.0, "affine": "held"}, {"gamma": 2.0}), ({"gamma": 1.0}, None),
    ],
)  # fmt: skip
def test_what_is_no_dragging_on_is_obeyed_one_by_one(loop, first, second):
    loop._note({"do": "change", "run": "a", "knobs": first, "seq": 1})
    if second is None:
        loop._note({"do": "step", "run": "a"})
    loop._note({"do": "change", "run": "a", "knobs": second or first, "seq": 2})
    assert len(loop._told["a"]) == (2 if second else 3)


def test_a_flood_is_not_kept_without_bound_and_the_last_of_each_kind_counts(loop):
    for number in range(5 * MOST_TOLD):
        loop._note({"do": "step", "run": "a"})
        loop._note({"do": "change", "run": "a", "knobs": {("gamma", "beta")[number % 2]: number}, "seq": number})
        loop._note({"do": "reset", "run": "a"})
        assert len(loop._told["a"]) <= MOST_TOLD
    loop._note({"do": "pause", "run": "a"})
    changes = {next(iter(message["knobs"].items())) for message in loop._told["a"] if message["do"] == "change"}
    assert {("gamma", 5 * MOST_TOLD - 2), ("beta", 5 * MOST_TOLD - 1)} <= changes
    assert loop._told["a"][-1]["do"] == "pause"


def test_a_run_lost_elsewhere_goes_on_here_from_its_state_and_what_was_done_since(worker, small):
    config = small()
    worker.open("a", config)
    worker.say("pause", "a")
    for _ in range(12):
        worker.say("step", "a")
    worker.say("change", "a", knobs={"gamma": 2.0}, seq=3)
    worker.say("step", "a")
    header, arrays = worker.frame_when("a", lambda header: header["step"] >= 13, "train_loss")
    word, _ = worker.hear("a", reports=True)
    assert (word["type"], word["knobs"]) == ("changed", {"gamma": 2.0})
    change = {name: word[name] for name in ("step", "knobs", "ghost")}
    again = {"step": header["step"], "changes": [change], "knobs": header["knobs"], "seq": 3}
    values = {name: getattr(config, name) for name in config.structure | config.knobs}
    worker.say("open", "b", config=values, generation=7, playing=False, again=again)
    again, its_arrays = worker.frame_when("b", lambda header: header["state"] == "paused", "train_loss")
    assert (again["step"], again["knobs"], again["seq"]) == (header["step"], header["knobs"], 3)
    assert again["generation"] > 7
    np.testing.assert_array_equal(its_arrays["train_loss"], arrays["train_loss"])


def test_a_run_that_fails_while_the_log_cannot_be_written_ends_alone(loop, monkeypatch):
    class Full:
        def write(self, _):
            raise OSError("No space left on device")

    sent = []
    loop._players, loop._sink = {"a": None, "b": None}, None
    monkeypatch.setattr(loop, "_send", sent.append)
    monkeypatch.setattr("sys.stderr", Full())
    loop._guarded("a", int, "no number")
    assert list(loop._players) == ["b"]
    assert [(word["type"], word["run"]) for word in sent] == [("failed", "a")]
