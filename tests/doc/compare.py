# SPDX-License-Identifier: MIT
"""A page is what a program prints.  compare.py PAGE PROGRAM      PROGRAM >PAGE makes it anew"""
import difflib
import pathlib
import subprocess
import sys

page, printed = pathlib.Path(sys.argv[1]).read_text(), subprocess.run(sys.argv[2], capture_output=True, text=True, check=False)
same = printed.returncode == 0 and printed.stdout == page
print(f"{'ok' if same else 'not ok'} 1 - {pathlib.Path(sys.argv[1]).name} is what the program prints")
if not same:
    print("\n".join("#   " + line for line in difflib.unified_diff(page.splitlines(), printed.stdout.splitlines(), lineterm="")), printed.stderr)
print("1..1")
sys.exit(0 if same else 1)
