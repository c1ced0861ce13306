# SPDX-License-Identifier: MIT
"""Every function of OpenSSL that the library calls is made to fail by tests/session/test_refuse.c, or cannot fail; and every public
function is called there while OpenSSL fails, or cannot be made to fail."""
import pathlib
import re
import subprocess
import sys

import api
import tap

CANNOT_FAIL = {
    r".*_free": "frees",
    r"BN_CTX_(start|end)|BN_set_flags": "returns nothing",
    r"BN_cmp|BN_is_(odd|zero)|BN_num_bits|BN_value_one|BIO_s_mem|CRYPTO_memcmp|EC_GROUP_get0_order|EVP_MD_get0_provider|"
    r"EVP_PKEY_is_a|OSSL_PROVIDER_get0_name":
        "answers from what is there",
    r"BN_mod_word": "of a divisor below 2^32, as here, it allocates nothing",
    r"ERR_(clear_error|get_error)": "is the queue of errors itself",
    r"OSSL_PARAM_construct_\w+": "fills a structure of ours",
}

root, library = pathlib.Path(sys.argv[1]), sys.argv[2]
listing = subprocess.run(["nm", "-D", "--undefined-only", library], check=True, capture_output=True, text=True).stdout
called = set(re.findall(r"U (\w+)@OPENSSL_", listing))
refused = set((root / "tests/session/refused.txt").read_text().split())
excused = {name for name in called if any(re.fullmatch(pattern, name) for pattern in CANNOT_FAIL)}

tap.check("calls were found", [] if len(called) > 50 else [f"only {len(called)}"])
tap.check("each can be refused (a row in tests/session/refuse.h and its name in refused.txt), or is excused",
          sorted(called - refused - excused))
tap.check("none is refused that is not called", sorted(refused - called))
tap.check("none is both", sorted(refused & excused))

declared = api.declared(root)
rows = api.in_rows((root / "tests/session/test_refuse.c").read_text())
tap.check("each public function has a row in tests/session/test_refuse.c, or a reason in tests/lint/api.py",
          sorted(declared - rows - api.excused(declared)))
tap.check("each row is of a function that there is", sorted(rows - declared))
tap.done()
