# SPDX-License-Identifier: Apache-2.0
"""permissions: the IAM documents in etc/aws, and the table of SECURITY.md, name what the code asks AWS for: no less, no more. The
integration test permissions.py then runs cmekd with nothing but them."""
import json
import re

import tables
import tree
import tap

tables.TABLES["kms_op"] = ("wire/kms_api.h", "KMS_API_OP_TABLE", "#enum =name #changes")
WATCH, OPERATE, HINTS = ("etc/aws/iam-watch.json", "etc/aws/iam-operate.json", "etc/aws/iam-hints.json")
NEVER = {"Effect": "Deny", "Action": "kms:PutKeyPolicy", "Resource": "*",
         "Condition": {"Bool": {"kms:BypassPolicyLockoutSafetyCheck": "true"}}}
# Where the name of an operation is put together; anywhere else it would be one that no table knows.
HOME = {"TrentService.": "daemon/wire/kms_api.c", "AmazonSQS.": "daemon/wire/sqs.h"}


def kms_needs(rows):
    """(to watch, to operate): what changes nothing, and everything."""
    return {"kms:" + r["name"] for r in rows if r["changes"] == "false"}, {"kms:" + r["name"] for r in rows}


def sqs_needs(text):
    """A batch needs the permission of the operation."""
    return {"sqs:" + op.removesuffix("Batch") for op in re.findall(r'"AmazonSQS\.(\w+)"', text)}


def check_document(path, text, needed):
    document = json.loads(text)
    statements = document["Statement"]
    allows = [s for s in statements if s["Effect"] == "Allow"]
    granted = [a for s in allows for a in s["Action"]]
    problems = [f"{path} lacks {a}" for a in sorted(needed - set(granted))]
    problems += [f"{path} grants {a}, which cmekd never asks for" for a in sorted(set(granted) - needed)]
    problems += [f"{path} grants {a} twice" for a in sorted({a for a in granted if granted.count(a) > 1})]
    problems += [f"{path}: {s['Sid']} holds for anything" for s in allows if any("*" in r for r in s["Resource"])]
    problems += [f"{path}: IAM takes no Sid {s['Sid']}" for s in statements if not s["Sid"].isalnum()]
    if document["Version"] != "2012-10-17":
        problems.append(f"{path}: another Version")
    if "kms:PutKeyPolicy" in granted and NEVER not in [{k: v for k, v in s.items() if k != "Sid"} for s in statements]:
        problems.append(f"{path} lets the lockout check of AWS be bypassed")
    return problems


def check_page(text, needed):
    """Each permission has one row that begins with its name."""
    named = [a for row in re.findall(r"^\| (`(?:kms|sqs):[^|]*)\|", text, re.M) for a in re.findall(r"`(\w+:\w+)`", row)]
    return [f"SECURITY.md has no row for {a}" for a in sorted(needed - set(named))] + \
           [f"SECURITY.md has a row for {a}, which cmekd never asks for" for a in sorted(set(named) - needed)] + \
           [f"SECURITY.md has two rows for {a}" for a in sorted({a for a in named if named.count(a) > 1})]


def check_homes(root):
    return [f"{path} names an operation of AWS: {prefix}" for path in tree.files(root, (".c", ".h"))
            if path.startswith(("daemon/", "common/", "client/")) for prefix, home in HOME.items()
            if path != home and f'"{prefix}' in re.sub(r"/\*.*?\*/", "", tree.read(path, root), flags=re.S)]


def main():
    rows = tables.rows(tree.SRC, "kms_op")
    watch, operate = kms_needs(rows)
    hints = sqs_needs(tree.read(HOME["AmazonSQS."]))
    tap.ok(len(watch) > 3 and len(operate) > len(watch) and len(hints) > 1, "the code tells what it asks for", (operate, hints))
    for path, needed in ((WATCH, watch), (OPERATE, operate), (HINTS, hints)):
        tap.empty(check_document(path, tree.read(path), needed), f"{path} grants what the code asks for, and no more")
    tap.empty(check_page(tree.read("SECURITY.md"), operate | hints), "SECURITY.md says of each permission what it is for")
    tap.empty(check_homes(tree.SRC), "no operation is named beside the tables")

    def fails(name, problems, wanted):
        tap.ok(len(problems) == 1 and re.search(wanted, problems[0]), "reports " + name, problems)

    text, real = tree.read(OPERATE), json.loads(tree.read(OPERATE))
    fails("an operation that the document lacks", check_document("x", text, operate | {"kms:Sign"}), "lacks kms:Sign")
    fails("a permission that nothing needs", check_document("x", text, operate - {"kms:DisableKey"}), "grants kms:DisableKey")
    loose = json.loads(text)
    loose["Statement"][0]["Resource"] = ["*"]
    fails("a permission for any key", check_document("x", json.dumps(loose), operate), "holds for anything")
    fails("a bypass that is not forbidden", check_document("x", json.dumps(dict(
        real, Statement=[s for s in real["Statement"] if s["Effect"] == "Allow"])), operate), "bypassed")
    fails("a Sid that IAM refuses", check_document("x", text.replace("CmekdWatch", "Cmekd watch"), operate), "no Sid")
    page = "| `kms:A`, `kms:B` | for this |\n"
    tap.empty(check_page(page, {"kms:A", "kms:B"}), "a good page has no problem")
    fails("a permission without a row", check_page(page, {"kms:A", "kms:B", "kms:C"}), "no row for kms:C")
    fails("a row of no permission", check_page(page, {"kms:A"}), "row for kms:B")
    tree.reports("an operation named elsewhere", check_homes, {"daemon/io/x.c": 'f("TrentService.Sign");\n',
                                                               HOME["TrentService."]: '"TrentService." name\n'}, "daemon/io/x.c")
    tap.done()


if __name__ == "__main__":
    main()
