"""What compilers and interpreters write, as recorded, and what is read from it."""

# ruff: noqa: RUF001  quotation marks as compilers write them

import pytest

from genesis.language import Diagnostic, language_named, render

GCC = """\
./program.cpp: In function ‘int main()’:
./program.cpp:4:16: error: no matching function for call to ‘push_back(const char [2])’
    4 |     v.push_back("a");
      |     ~~~~~~~~~~~^~~~~
In file included from /usr/include/c++/12/vector:64,
                 from ./program.cpp:1:
/usr/include/c++/12/bits/stl_vector.h:1276:7: note: candidate: ‘void push_back(const value_type&)’ (near match)
 1276 |       push_back(const value_type& __x)
      |       ^~~~~~~~~
./program.cpp:6:13: error: expected ‘;’ before ‘}’ token
"""
LINKER = """\
/usr/bin/ld: /tmp/ccFx1.o: in function `main':
program.c:(.text+0x9): undefined reference to `twice'
collect2: error: ld returned 1 exit status
"""
HEADER = "./program.cpp:1:10: fatal error: nothing.h: No such file or directory\ncompilation terminated.\n"
COLOURED = "\x1b[1m./program.c:3:5: \x1b[0;1;31merror: \x1b[0mexpected expression\r\n"
RUSTC = """\
error[E0308]: mismatched types
 --> ./program.rs:5:18
  |
5 |     let n: i32 = "a";
  |            ---   ^^^ expected `i32`, found `&str`
  |            |
  |            expected due to this

warning: unused variable: `w`
   --> src/main.rs:7:9
    |
7   |     let w = v;
    |         ^ help: if this is intentional, prefix it with an underscore: `_w`

error: linking with `cc` failed: exit status: 1

error: aborting due to 2 previous errors; 1 warning emitted

For more information about this error, try `rustc --explain E0308`.
error: could not compile `answer-it` (bin "answer-it") due to 2 previous errors
"""
PANIC = """\

thread 'main' (1234) panicked at ./program.rs:9:14:
index out of bounds: the len is 3 but the index is 3
note: run with `RUST_BACKTRACE=1` environment variable to display a backtrace
"""
NVCC = """\
./program.cu(2): error: identifier "b" is undefined
  __attribute__((global)) void f(float* a) { a[0] = b; }
                                                    ^

./program.cu(7): warning #177-D: variable "x" was declared but never referenced

ptxas error   : Entry function '_Z1fPf' uses too much shared data (0x20000 bytes, 0xc000 max)
1 error detected in the compilation of "./program.cu".
"""
NODE_SYNTAX = """\
/tmp/build-1/program.js:2
let b = (a + ;
             ^

SyntaxError: Unexpected token ';'
    at wrapSafe (node:internal/modules/cjs/loader:1464:18)
    at checkSyntax (node:internal/main/check_syntax:78:3)

Node.js v20.20.2
"""
NODE_THROWN = """\
file:///tmp/build-1/lib/inner.mjs:2
function f() { return a.b.c }
                          ^

TypeError: Cannot read properties of undefined (reading 'c')
    at f (file:///tmp/build-1/lib/inner.mjs:2:27)
"""
TSC = """\
program.ts(2,7): error TS2322: Type 'string' is not assignable to type 'number'.
error TS2688: Cannot find type definition file for 'node'.
"""
GO_BUILD = """\
# command-line-arguments
./program.go:4:3: x declared but not used
./program.go:5:15: invalid operation: "a" + 2 (mismatched types untyped string and untyped int)
"""
GO_PANIC = """\
panic: runtime error: index out of range [3] with length 3

goroutine 1 [running]:
runtime.gopanic(...)
\truntime/panic.go:884
main.pick(...)
\tcommand-line-arguments/program.go:5
main.main()
\tcommand-line-arguments/program.go:9 +0x1d
exit status 2
"""
ZIG = """\
program.zig:4:9: error: unused local variable
    var y = 1;
        ^
program.zig:3:19: error: expected type 'u8', found '*const [1:0]u8'
referenced by:
    callMain [inlined]: /usr/lib/zig/std/start.zig:788:64
"""
JULIA_PARSE = """\
ERROR: ParseError:
# Error @ ./program.jl:3:15
total = 0
for number in (numbers
#             └──────┘ ── Expected `)` or `,`
    total += number
Stacktrace:
 [1] top-level scope
   @ none:1
"""
JULIA_RUN = """\
ERROR: LoadError: MethodError: no method matching +(::Int64, ::String)

Closest candidates are:
  +(::Any, ::Any, ::Any, ::Any...)
   @ Base operators.jl:587
  +(::T, !Matched::T) where T<:Integer
   @ Base int.jl:87

Stacktrace:
 [1] mapreduce_impl(f::typeof(identity), op::typeof(Base.add_sum))
   @ Base ./reduce.jl:291
 [2] total(x::Vector{Any})
   @ Main ./program.jl:2
 [3] top-level scope
   @ ./program.jl:5
in expression starting at ./program.jl:5
"""
JULIA_UNDEFINED = """\
ERROR: LoadError: UndefVarError: `y` not defined
Stacktrace:
 [1] top-level scope
   @ /build/./program.jl:7
in expression starting at /build/./program.jl:7
"""
GHC = """\
[1 of 1] Compiling Main             ( Main.hs, obj/Main.o )

Main.hs:5:9: error: Variable not in scope: x
  |
5 |   print x
  |         ^

Main.hs:7:3: error:
    • No instance for (Num String) arising from the literal ‘1’
    • In the expression: 1
  |
7 |   1 + "a"
  |   ^

Lib/Inner.hs:(3,1)-(4,12): warning: [-Wincomplete-patterns]
    Pattern match(es) are non-exhaustive
"""
MOJO = """\
Failed to initialize Crashpad.  Crash reporting will not be available.
/build/./program.mojo:2:18: error: cannot implicitly convert 'StringLiteral["a"]' value to 'Int'
    var x: Int = "a"
                 ^~~
mojo: error: failed to parse the provided Mojo source module
"""
WAT = """\
error: unknown operator or unexpected token
     --> ./program.wat:4:5
      |
    4 |     i32.addd))
      |     ^
"""
WAT_INVALID = """\
error: failed to compile: wasm[0]::function[0]::f

Caused by:
    0: WebAssembly translation error
    1: Invalid input WebAssembly code at offset 26: type mismatch: expected i32, found i64
"""
PYTHON = """\
Traceback (most recent call last):
  File "/build/./program.py", line 3, in <module>
    json.loads("x")
  File "/usr/lib/python3.11/json/decoder.py", line 355, in raw_decode
    raise JSONDecodeError("Expecting value", s, err.value) from None
json.decoder.JSONDecodeError: Expecting value: line 1 column 1 (char 0)
"""


def error(path, line, column, message, severity="error"):
    return Diagnostic(path, line, column, severity, message)


@pytest.mark.parametrize(
    ("language", "output", "expected"),
    [
        (
            "cpp",
            GCC,
            [
                error("program.cpp", 4, 16, "no matching function for call to ‘push_back(const char [2])’"),
                error(
                    "/usr/include/c++/12/bits/stl_vector.h",
                    1276,
                    7,
                    "candidate: ‘void push_back(const value_type&)’ (near match)",
                    "note",
                ),
                error("program.cpp", 6, 13, "expected ‘;’ before ‘}’ token"),
            ],
        ),
        ("c", LINKER, [error("", None, None, "undefined reference to `twice'")]),
        ("cpp", HEADER, [error("program.cpp", 1, 10, "nothing.h: No such file or directory")]),
        ("c", COLOURED, [error("program.c", 3, 5, "expected expression")]),
        (
            "rust",
            RUSTC,
            [
                error("program.rs", 5, 18, "mismatched types: expected `i32`, found `&str`"),
                error(
                    "src/main.rs",
                    7,
                    9,
                    "unused variable: `w`: help: if this is intentional, prefix it with an underscore: `_w`",
                    "warning",
                ),
                error("", None, None, "linking with `cc` failed: exit status: 1"),
            ],
        ),
        ("rust", PANIC, [error("program.rs", 9, 14, "index out of bounds: the len is 3 but the index is 3")]),
        (
            "cuda",
            NVCC,
            [
                error("program.cu", 2, None, 'identifier "b" is undefined'),
                error("program.cu", 7, None, 'variable "x" was declared but never referenced', "warning"),
                error("", None, None, "Entry function '_Z1fPf' uses too much shared data (0x20000 bytes, 0xc000 max)"),
            ],
        ),
        ("javascript", NODE_SYNTAX, [error("/tmp/build-1/program.js", 2, 14, "SyntaxError: Unexpected token ';'")]),
        (
            "javascript",
            NODE_THROWN,
            [
                error(
                    "/tmp/build-1/lib/inner.mjs", 2, 27, "TypeError: Cannot read properties of undefined (reading 'c')"
                )
            ],
        ),
        (
            "typescript",
            TSC,
            [
                error("program.ts", 2, 7, "Type 'string' is not assignable to type 'number'."),
                error("", None, None, "Cannot find type definition file for 'node'."),
            ],
        ),
        (
            "go",
            GO_BUILD,
            [
                error("program.go", 4, 3, "x declared but not used"),
                error(
                    "program.go", 5, 15, 'invalid operation: "a" + 2 (mismatched types untyped string and untyped int)'
                ),
            ],
        ),
        (
            "go",
            GO_PANIC,
            [
                error(
                    "command-line-arguments/program.go",
                    5,
                    None,
                    "panic: runtime error: index out of range [3] with length 3",
                )
            ],
        ),
        (
            "zig",
            ZIG,
            [
                error("program.zig", 4, 9, "unused local variable"),
                error("program.zig", 3, 19, "expected type 'u8', found '*const [1:0]u8'"),
            ],
        ),
        ("julia", JULIA_PARSE, [error("program.jl", 3, 15, "Expected `)` or `,`")]),
        ("julia", JULIA_RUN, [error("program.jl", 2, None, "MethodError: no method matching +(::Int64, ::String)")]),
        ("julia", JULIA_UNDEFINED, [error("program.jl", 7, None, "UndefVarError: `y` not defined")]),
        (
            "haskell",
            GHC,
            [
                error("Main.hs", 5, 9, "Variable not in scope: x"),
                error(
                    "Main.hs",
                    7,
                    3,
                    "• No instance for (Num String) arising from the literal ‘1’ • In the expression: 1",
                ),
                error("Lib/Inner.hs", 3, 1, "Pattern match(es) are non-exhaustive", "warning"),
            ],
        ),
        (
            "mojo",
            MOJO,
            [error("program.mojo", 2, 18, "cannot implicitly convert 'StringLiteral[\"a\"]' value to 'Int'")],
        ),
        ("webassembly", WAT, [error("program.wat", 4, 5, "unknown operator or unexpected token")]),
        (
            "webassembly",
            WAT_INVALID,
            [
                error(
                    "",
                    None,
                    None,
                    "failed to compile: wasm[0]::function[0]::f: WebAssembly translation error: "
                    "Invalid input WebAssembly code at offset 26: type mismatch: expected i32, found i64",
                )
            ],
        ),
        (
            "python",
            PYTHON,
            [error("program.py", 3, None, "json.decoder.JSONDecodeError: Expecting value: line 1 column 1 (char 0)")],
        ),
    ],
)
def test_recorded_output_is_read(language, output, expected):
    assert list(language_named(language).diagnostics(output)) == expected


def test_errors_are_told_first_with_their_line_and_the_rest_is_counted():
    found = [
        error("program.c", 1, 1, "unused", "warning"),
        *(error("program.c", line, 5, f"wrong {line}") for line in range(1, 9)),
    ]
    told = render(found, {"program.c": "\n".join(f"    line {number};  " for number in range(1, 9))}, most=2)
    assert told == (
        "program.c:1:5: error: wrong 1\n        line 1;\nprogram.c:2:5: error: wrong 2\n        line 2;\n"
        "… and 6 more of the kind"
    )


def test_warnings_are_told_when_there_is_nothing_worse_and_places_outside_are_not_quoted():
    found = [error("/usr/include/x.h", 3, None, "odd", "warning"), error("", None, None, "hint", "note")]
    assert render(found, {"program.c": "a\nb\nc\n"}) == "/usr/include/x.h:3: warning: odd"
    assert render([error("", None, None, "undefined reference")], {}) == "undefined reference"
    assert (
        render([error("program.c", 99, None, "past the end")], {"program.c": "a"})
        == "program.c:99: error: past the end"
    )
    assert render([], {}) == ""


def test_a_whole_path_of_a_file_of_the_program_is_told_as_its_own():
    found = [error("/tmp/secret-place/lib/inner.js", 1, None, "no")]
    assert render(found, {"inner.js": "x", "lib/inner.js": "y"}) == "lib/inner.js:1: error: no\n    y"


def test_a_flood_of_output_is_cut():
    flood = "./program.c:1:1: error: x\n" * 100_000 + "./program.c:2:2: error: " + "y" * 10_000
    assert language_named("c").diagnostics(flood) == (error("program.c", 1, 1, "x"),)
    long = language_named("c").diagnostics("./program.c:2:2: error: " + "y" * 10_000)
    assert len(long[0].message) == 600
