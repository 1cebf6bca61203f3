"""Sizes and openings: functions that fit a screen, files that are one thing, folders that introduce themselves."""

import ast
import os
import re

import tree

FUNCTION_LINES_MAX = 70
FILE_LINES_MAX = 400
README_LINES_MAX = 100

NOT_A_FUNCTION = re.compile(r"^\s*(namespace|class|struct|enum|union|extern|typedef|using|if|for|while|switch|do|else|try|catch)\b")
STRINGS = re.compile(r"'(?:\\.|[^'\\])+'|\"(?:\\.|[^\"\\])*\"")
RAW_STRINGS = re.compile(r'R"(\w*)\(.*?\)\1"', re.DOTALL)
BLOCK_COMMENTS = re.compile(r"/\*.*?\*/", re.DOTALL)


def _blank(match: re.Match) -> str:
    return "\n" * match.group(0).count("\n")


def _code_lines(path: str) -> list[str]:
    """The lines without what is no code: braces in strings and comments do not count."""
    text = RAW_STRINGS.sub(_blank, tree.text(path))
    text = BLOCK_COMMENTS.sub(_blank, text)
    return [re.sub(r"//.*", "", STRINGS.sub('""', line)) for line in text.split("\n")]


def cxx_functions(path: str) -> list[tuple[int, int]]:
    """(first line, length) of each outermost function body's definition."""
    functions, depth, statement, start, inside = [], 0, "", 0, None
    for number, line in enumerate(_code_lines(path), 1):
        if line.lstrip().startswith("#"):
            continue
        for character in line:
            if character == "{":
                if inside is None and ")" in statement and not NOT_A_FUNCTION.match(statement):
                    inside = (depth, start or number)
                depth += 1
                statement, start = "", 0
            elif character == "}":
                depth -= 1
                if inside is not None and depth == inside[0]:
                    functions.append((inside[1], number - inside[1] + 1))
                    inside = None
                statement, start = "", 0
            elif character == ";":
                statement, start = "", 0
            elif not character.isspace() or statement:
                start = start or number
                statement += character
    return functions


def python_functions(path: str) -> list[tuple[int, int]]:
    found = ast.walk(ast.parse(tree.text(path)))
    return [(node.lineno, node.end_lineno - node.lineno + 1)
            for node in found if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef))]


def shell_functions(path: str) -> list[tuple[int, int]]:
    functions, start = [], 0
    for number, line in enumerate(tree.lines(path), 1):
        if re.match(r"^\w+\(\) \{$", line):
            start = number
        elif line == "}" and start:
            functions.append((start, number - start + 1))
            start = 0
    return functions


def check_function_length() -> list[str]:
    """A function has at most 70 lines."""
    sources = [(path, cxx_functions) for path in tree.cxx()]
    sources += [(path, python_functions) for path in tree.python_sources()]
    sources += [(path, shell_functions) for path in tree.shell_scripts()]
    return [f"{path}:{line}: a function of {length} lines; at most {FUNCTION_LINES_MAX}"
            for path, functions in sources for line, length in functions(path) if length > FUNCTION_LINES_MAX]


def check_file_length() -> list[str]:
    """A source file has at most 400 lines."""
    sources = tree.cxx() + tree.python_sources() + tree.shell_scripts() + tree.ending(".proto")
    return [f"{path}: {len(tree.lines(path)) - 1} lines; at most {FILE_LINES_MAX}"
            for path in sources if len(tree.lines(path)) - 1 > FILE_LINES_MAX]


def _says_what_for(path: str) -> bool:
    return tree.text(path).lstrip().startswith(("//", "/*"))


def check_opening() -> list[str]:
    """A source file starts by saying what it is for; for a .cc the header of the same name may say it."""
    findings = []
    for path in tree.cxx() + tree.ending(".proto"):
        header = path.removesuffix(".cc") + ".h"
        if not _says_what_for(path) and not (header in tree.files() and _says_what_for(header)):
            findings.append(f"{path}:1: does not open with a comment that says what the file is for")
    for path in tree.ending(".asn1", ".asn"):
        if not tree.text(path).lstrip().startswith("--"):
            findings.append(f"{path}:1: does not open with a comment")
    for path in tree.python_sources():
        if tree.text(path).strip() and ast.get_docstring(ast.parse(tree.text(path))) is None:
            findings.append(f"{path}:1: does not open with a docstring")
    for path in tree.shell_scripts():
        head = [line for line in tree.lines(path) if not line.startswith("#!")]
        if not head or not head[0].startswith("#"):
            findings.append(f"{path}:1: does not open with a comment")
    return findings


def _introduced_elsewhere(folder: str) -> bool:
    """Folders that another README speaks for: mirrors of the source tree, versions of one API, parts of one tool."""
    return (folder + "/").startswith(("tests/unit/", "tests/fuzz/", "tests/golden/", "tests/style/", "proto/lictor/", "scripts/lib/"))


def check_readmes() -> list[str]:
    """Every folder with sources has a README.md of at most 100 lines."""
    sources = tree.cxx() + tree.python_sources() + tree.shell_scripts() + tree.ending(".proto", ".asn1")
    folders = {os.path.dirname(path) for path in sources} - {""}
    findings = [f"{folder}: has no README.md" for folder in sorted(folders)
                if not _introduced_elsewhere(folder) and folder != ".ci" and f"{folder}/README.md" not in tree.files()]
    for path in tree.ending("README.md"):
        if len(tree.lines(path)) - 1 > README_LINES_MAX and path != "README.md":
            findings.append(f"{path}: {len(tree.lines(path)) - 1} lines; at most {README_LINES_MAX}")
    return findings
