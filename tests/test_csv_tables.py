import csv
import io

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bnviz.csv_tables import MAX_FILE, columns, guess_label, read_csv

ROWS = "1,2,no\n3,4,yes\n5,6,no\n7,8,yes\n9,10,no\n11,12,yes\n13,14,no\n15,16,yes\n"
PLAIN = "a,b,label\n" + ROWS


def read(text, label=None):
    return read_csv(text.encode(), label)


def refusal(content, label=None):
    with pytest.raises(ValueError, match=" ") as refused:
        read_csv(content.encode() if isinstance(content, str) else content, label)
    return str(refused.value)


# ---------------------------------------------------------------------- what is read


def test_a_table_is_read():
    table = read(PLAIN)
    np.testing.assert_array_equal(table.inputs, np.arange(1, 17, dtype=np.float32).reshape(8, 2), strict=True)
    assert table.targets.tolist() == [0, 1] * 4
    assert (table.classes, table.columns, table.label) == (("no", "yes"), ("a", "b"), "label")


@pytest.mark.parametrize(
    "text",
    [
        PLAIN.replace(",", ";"),
        PLAIN.replace(",", "\t"),
        PLAIN.replace(",", ", "),
        PLAIN.replace("\n", "\r\n"),
        PLAIN.replace("\n", "\r"),
        PLAIN.rstrip("\n"),
        "\n\n" + PLAIN.replace("\n", "\n\n,,\n") + "\n \n",
        PLAIN.replace("label", '"label"').replace("no", '"no"').replace("3,4", '"3","4"'),
        "\ufeff" + PLAIN,
    ],
)
def test_the_same_table_in_other_clothes(text):
    assert read(text).digest == read(PLAIN).digest


def test_text_is_utf_8_or_else_latin_1():
    text = PLAIN.replace("yes", "für")
    assert read_csv(text.encode("utf-8")).classes == read_csv(text.encode("latin-1")).classes == ("für", "no")


def test_a_delimiter_within_quotation_marks_is_text():
    table = read(PLAIN.replace("a,b", '"a;;;;","b\nc"').replace("no", '"n,o"'))
    assert (table.columns, table.classes) == (("a;;;;", "b\nc"), ("n,o", "yes"))


def test_without_names_the_columns_are_counted():
    table = read(ROWS)
    assert (table.columns, table.label, len(table.targets)) == (("column 1", "column 2"), "column 3", 8)
    numbers = ROWS.replace("no", "0").replace("yes", "1")
    assert (read(numbers).label, read(numbers).classes, len(read(numbers).targets)) == ("column 3", ("0", "1"), 8)


@pytest.mark.parametrize("names", ["0,1,target", "a,,label", "1,b,2"])
def test_names_may_be_numbers_or_missing(names):
    text = f"{names}\n{ROWS.replace('no', '0').replace('yes', '1')}"
    assert columns(text.encode()) == tuple(name or "column 2" for name in names.split(","))
    assert len(read(text).targets) == 8


@pytest.mark.parametrize(
    ("names", "label"),
    [
        ("a,b,c", "c"), ("y,a,b", "y"), ("a,Class,b", "Class"), ("a,target,y", "target"), ("y,LABEL,target", "LABEL"),
        ("label,Label,x", "label"), ("labels,b,c", "c"),
    ],
)  # fmt: skip
def test_the_label_is_known_by_its_name_or_is_the_last(names, label):
    assert guess_label(names.split(",")) == label


def test_the_label_can_be_chosen():
    text = "kind,label,x\n" + "".join(f"{'pq'[k % 2]},{k % 3},{k}\n" for k in range(9))
    assert columns(text.encode()) == ("kind", "label", "x")
    table = read(text, "kind")
    assert (table.label, table.columns, table.classes) == ("kind", ("label", "x"), ("p", "q"))
    assert table.inputs[:, 1].tolist() == list(range(9))


finite = st.floats(width=32, allow_nan=False, allow_infinity=False)
words = st.text("abc ,;\t\"'\n\rλ", min_size=1, max_size=8).map(lambda text: f"w{text}w")


@given(
    st.lists(st.tuples(finite, finite, st.sampled_from("pqr")), min_size=4, max_size=20).map(lambda rows: rows * 2),
    st.lists(words, min_size=3, max_size=3, unique=True),
    st.sampled_from(",;\t"),
    st.sampled_from(["\n", "\r\n"]),
)
def test_what_a_csv_writer_writes_is_read_back(rows, names, delimiter, end):
    if len({kind for *_, kind in rows}) < 2:
        rows = [(*numbers, "pq"[k % 2]) for k, (*numbers, _) in enumerate(rows)]
    file = io.StringIO()
    writer = csv.writer(file, delimiter=delimiter, lineterminator=end, quoting=csv.QUOTE_NONNUMERIC)
    writer.writerow(names)
    writer.writerows(rows)
    table = read_csv(file.getvalue().encode(), names[2])
    np.testing.assert_array_equal(table.inputs, np.array([numbers for *numbers, _ in rows], np.float32))
    assert [table.classes[target] for target in table.targets] == [kind for *_, kind in rows]
    assert (table.columns, table.label) == (tuple(names[:2]), names[2])


# ---------------------------------------------------------------------- what is refused


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            PLAIN.replace("5", "abc"),
            "Row 4, column 'a': 'abc' is not a number. Write numbers with a point, leave the column out, or choose it "
            "as the label.",
        ),
        (
            PLAIN.replace(",", ";").replace("6", "1,5"),
            "Row 4, column 'b': '1,5' is not a number. Write numbers with a point, leave the column out, or choose it "
            "as the label.",
        ),
        (
            PLAIN.replace("5", "1_0", 1),
            "Row 4, column 'a': '1_0' is not a number. Write numbers with a point, leave the column out, or choose it "
            "as the label.",
        ),
        (
            PLAIN.replace("5,", ","),
            "Row 4, column 'a': the value is missing. Fill it in, or leave the row out.",
        ),
        (
            PLAIN.replace("10,no", "10,"),
            "Row 6, column 'label': the value is missing. Fill it in, or leave the row out.",
        ),
        (
            "\n" + PLAIN.replace("5,6", "5,nan"),
            "Row 5, column 'b': 'nan' is not finite in 32 bits. Write a number below 3.4e38.",
        ),
        (
            PLAIN.replace("5,6", "5,-1e39"),
            "Row 4, column 'b': '-1e+39' is not finite in 32 bits. Write a number below 3.4e38.",
        ),
        (
            PLAIN.replace("5,6", "5"),
            "Row 4 has 2 cells, the first row has 3. Give every row as many.",
        ),
        (
            PLAIN.replace("5,6", "5,6,7"),
            "Row 4 has 4 cells, the first row has 3. Give every row as many.",
        ),
        (
            PLAIN.replace("a,b", "a,a"),
            "Two columns have the name 'a'. Give each column a name of its own.",
        ),
        (
            PLAIN.replace("5,6", '"5,6'),
            "Row 4: a cell never ends, or ends in the midst. Write quotation marks in pairs around a cell.",
        ),
        (
            PLAIN.replace("5,6", '"5"5,6'),
            "Row 4: a cell never ends, or ends in the midst. Write quotation marks in pairs around a cell.",
        ),
        ("", "The file has fewer than two rows. Choose a table with names in its first row."),
        ("a,b,label\n\n", "The file has fewer than two rows. Choose a table with names in its first row."),
        (
            "a\n1\n2\n",
            "The table has one column, but needs numbers and a label. Separate columns by commas, semicolons or tabs.",
        ),
        (
            "a,label\n" + "1,x\n2,y\n" * 3,
            "A table has 8 to 100,000 rows, this one has 6. Choose another one.",
        ),
        (
            "a,price\n" + "".join(f"1,{k}\n" for k in range(60)),
            "The label has 2 to 50 classes, column 'price' has 60 different values. Choose another column as the "
            "label, or another table.",
        ),
        (
            PLAIN.replace("no", "yes", 3),
            "Each class needs at least 2 examples, class 'no' of column 'label' has 1. Leave it out, or choose another "
            "column as the label.",
        ),
        (
            ",".join(f"c{k}" for k in range(1002)) + "\n1\n",
            "A table has at most 1,000 columns beside its label, this one has 1,001. Leave columns out.",
        ),
    ],
)  # fmt: skip
def test_a_refusal_names_row_column_and_value_and_says_what_to_do(text, message):
    assert refusal(text) == message


def test_a_column_that_is_not_there_is_refused_with_those_there_are():
    assert refusal(PLAIN, "kind") == "There is no column 'kind'; choose the label among 'a', 'b', 'label'."
    many = ",".join("abcdefg") + "\n" + "1,2,3,4,5,6,7\n" * 9
    assert refusal(many, "x").endswith("among 'a', 'b', 'c', 'd', 'e', ….")


def test_a_file_too_large_is_refused_before_it_is_read():
    message = "A file has at most 5 MB, this one has 5.1 MB. Leave rows out."
    assert refusal(b"\xff" * int(5.1 * 2**20)) == message
    assert refusal(b"a," * (MAX_FILE // 2)).startswith("The file has fewer than two rows.")


@pytest.mark.parametrize("content", [PLAIN.encode("utf-16"), b"PK\x03\x04\0\0\0"])
def test_what_is_no_plain_text_is_refused(content):
    assert refusal(content) == "The file is not plain text. Save the table as CSV and choose that file."


def test_long_text_is_shortened():
    assert len(refusal(PLAIN.replace("5", "x" * 5000).replace("a,", "n" * 5000 + ","))) < 300
    assert refusal(PLAIN.replace("5", "x" * 200_000)).startswith("Row 4: a cell never ends")


cells = st.sampled_from(
    ["1", "2", "a", "b", "", "nan", "1e999", "label", '"', ",", ";", "\t", "\n", "\r", "\0", "é", " "]
)


@given(st.binary() | st.lists(cells, max_size=60).map(lambda parts: "".join(parts).encode()), st.none() | st.text())
def test_whatever_the_bytes_are_a_table_comes_of_them_or_a_sentence(content, label):
    try:
        table = read_csv(content, label)
    except ValueError as refused:
        said = str(refused)
        assert said[0].isupper()
        assert said.endswith(".")
        assert said.count("'") % 2 == 0
    else:
        assert np.isfinite(table.inputs).all()
        assert {*table.columns, table.label} == set(columns(content))
