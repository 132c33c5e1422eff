"""Comments, strings and brackets of every language: what is the same text, and what is no text at all."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from genesis.language import LANGUAGES, language_named
from tests.language.programs import SAMPLES

BRACKETED = [name for name in LANGUAGES if name != "python"]

SAME = [
    ("c", "int x = 1; /* one\n two */ int y;", "int x=1;int y;"),
    ("c", "a\n+\nb", "a + b"),
    ("c", "#define F(x) \\\n  (x)\nint y;", "#define F(x) (x)\nint y;"),
    ("cpp", 'auto s = R"x(// no comment )" )x";// yes', 'auto s = R"x(// no comment )" )x";'),
    ("cpp", "int million = 1'000'000; // it's fine", "int million = 1'000'000;"),
    ("rust", "fn f<'a>(x: &'a str) -> char { 'x' } // it's", "fn f<'a>(x:&'a str)->char{'x'}"),
    ("rust", '/* outer /* inner */ still */ let x = r#"a " b"#;', 'let x=r#"a " b"#;'),
    ("javascript", "x = a / b; // c\ny = /[/\"']+/g.test(z) // d", "x = a/b;\ny = /[/\"']+/g.test(z)"),
    ("javascript", "f(`a ${ g(`}`) } // b`) /* c */", "f(`a ${g(`}`)} // b`)"),
    ("typescript", "const x : number = 1 // one", "const x: number = 1"),
    ("go", "x := 1\n\n\n// why\ny := `// raw`\n", "x := 1\ny := `// raw`"),
    ("zig", 'const s =\n    \\\\// text\n    \\\\" more\n; // end', 'const s=\\\\// text\n\\\\" more\n;'),
    ("julia", "x = A' * B' #= a #= b =# c =#\n\ny = 'c' # d", "x = A' * B'\ny = 'c'"),
    ("julia", 's = "a $(f("b # c")) d" # e', 's = "a $(f("b # c")) d"'),
    ("haskell", "x' = 'c' -- a\n{- b {- c -} d -}\n\ny = 1", "x' = 'c'\ny = 1"),
    ("mojo", "def f():  # a\n\n    return 1", "def f():\n    return 1"),
    ("webassembly", "(module (; a (; b ;) c ;)\n ;; d\n (func $f))", "(module (func $f))"),
]
DIFFERENT = [
    ("c", "a - -b", "a--b"),
    ("c", "a + +b", "a++ b"),
    ("c", 'x = "a b";', 'x = "ab";'),
    ("c", 'x = "/* a */";', 'x = "";'),
    ("c", "#define F (x)\n", "#define F(x)\n"),
    ("c", "#define A 1\nint x;", "#define A 1 int x;"),
    ("cpp", "a < b > > c", "a < b >> c"),
    ("rust", "let x = 'a';", "let x = 'b';"),
    ("javascript", "return\nx", "return x"),
    ("go", "x := y\n*z = 1", "x := y *z = 1"),
    ("go", "//go:noinline\nfunc f() {}", "func f() {}"),
    ("go", '// int f();\nimport "C"', 'import "C"'),
    ("julia", "[1 -2]", "[1 - 2]"),
    ("haskell", "{-# LANGUAGE Strict #-}\nx = 1", "x = 1"),
    ("haskell", "x = a --> b", "x = a"),
    ("haskell", "f = do\n  a\n  b", "f = do\n  a\n   b"),
    ("mojo", "if a:\n    b()\n    c()", "if a:\n    b()\nc()"),
    ("webassembly", "i32.const 1", "i32.const1"),
]
FINE = [
    ("c", "#ifdef A\nif (x) {\n#else\nif (y) {\n#endif\n}\n#error don't"),
    ("cpp", "auto f = [](auto &&...xs) { return (xs + ...); };"),
    ("cuda", "k<<<dim3(1, 2), 32>>>(a, 'x');"),
    ("rust", "impl<'a, 'b: 'a> X<'a> { fn f(&'a self) -> u8 { b'\\'' } } // don't ("),
    ("rust", "let c = ['(', '\"', '\\u{1F600}'];"),
    ("javascript", "const t = `${a ? `${b}` : '}'}`; const r = /[(]/; const q = a / (b) / c;"),
    ("javascript", "#!/usr/bin/env node (\nclass A { #x = 1; get x() { return this.#x } }"),
    ("javascript", 'if (x) /"/.test(y)'),
    ("go", "r := '\\''; s := `(`; t := \"\\\"\""),
    ("zig", "const a = .{ .x = 1 }; const c = '\\''; const s = \n\\\\ \" (\n;"),
    ("julia", "f(a')' + g.('x') + [a', b'] # it's\nend"),
    ("haskell", "f x' = ('(' : x') ++ \"\\\n   \\)\" -- (\ng = a <-- b"),
    ("mojo", 'x = r"\\(" + """a ( " b"""  # ('),
    ("webassembly", '(data (i32.const 0) "(\\"") ;; ('),
]
WRONG = [
    ("c", "int f() {\n  return (1;\n}", "line 3: '}' does not close the '(' of line 2"),
    ("cpp", 'int a;\nchar *s = "x;\nint b;', "line 2: '\"x;' starts a text without an end"),
    ("rust", "fn f() {\n/* a /* b */\n}", "line 2: '/* a /* b */' starts a text without an end"),
    ("rust", 'let x = r#"a"', "line 1: 'r#\"a\"' starts a text without an end"),
    ("javascript", "x = `a ${b", "line 1: '`a ${b' starts a text"),
    ("go", "func f() {\n}\n}", "line 3: '}' closes nothing"),
    ("haskell", "x = [1, 2", "line 1: '[' is never closed"),
    ("julia", "x = f(1\n", "line 1: '(' is never closed"),
    ("webassembly", "(module", "line 1: '(' is never closed"),
    ("zig", "\ud800", "line 1: half of a surrogate pair, which no file can hold"),
]


@pytest.mark.parametrize(("language", "one", "other"), SAME)
def test_layout_and_comments_do_not_count(language, one, other):
    spoken = language_named(language)
    assert spoken.normalise(one) == spoken.normalise(other)


@pytest.mark.parametrize(("language", "one", "other"), DIFFERENT)
def test_what_changes_the_meaning_counts(language, one, other):
    spoken = language_named(language)
    assert spoken.normalise(one) != spoken.normalise(other)


@pytest.mark.parametrize(("language", "text"), FINE)
def test_the_quick_check_lets_programs_pass(language, text):
    assert language_named(language).syntax_error(text) is None


@pytest.mark.parametrize(("language", "text", "message"), WRONG)
def test_the_quick_check_names_the_line(language, text, message):
    assert str(language_named(language).syntax_error(text)).startswith(message[:40])


@pytest.mark.parametrize("language", BRACKETED)
@given(
    words=st.lists(
        st.sampled_from(["a", "b1", "+", "(", ")", ";", "\n", " ", "\t", '"', "'", "/", "*", "`", "#", "-", "{", "}"])
    )
)
def test_a_normal_form_is_of_text_and_not_of_where_it_is(language, words):
    spoken, text = language_named(language), "".join(words)
    form = spoken.normalise(text)
    assert spoken.normalise(f"\n\n{text}\n \n") in {form, spoken.normalise(text.strip())}
    assert spoken.syntax_error(text) is None or "line" in str(spoken.syntax_error(text))


def processor_s(language, text):
    """The seconds of this process that both ways to read a text take."""
    spoken, begun_s = language_named(language), time.process_time()
    assert isinstance(spoken.normalise(text), str)
    error = spoken.syntax_error(text)
    assert error is None or str(error).startswith("line ")
    return time.process_time() - begun_s


@pytest.mark.parametrize("language", BRACKETED)
def test_long_hostile_text_is_read_in_one_pass(language):
    for unit in ("(", '"', "'", "`${", "/*", "{-", "(;", "#=", 'r#"', 'R"x(', "\\", "/", "\n", '"$(', "//\n", "1e+"):
        short, long = (unit * (size // len(unit)) for size in (500, 16_000))
        # 32 times the text takes 32 times as long, and 1024 times if each part is looked at again for each other.
        limit_s = 100 * processor_s(language, short) + 0.05
        assert any(processor_s(language, long) < limit_s for _ in range(3)), unit


@pytest.mark.parametrize("language", BRACKETED)
def test_the_samples_differ_from_each_other_in_normal_form(language):
    spoken, sample = language_named(language), SAMPLES[language]
    assert spoken.normalise(sample.adds.text) != spoken.normalise(sample.mistaken.text)
