# SPDX-License-Identifier: Apache-2.0
"""The systemd units of conf/systemd: what systemd-analyze says of them. They are run by no test: that needs systemd itself."""
import os
import re
import shutil
import subprocess
import tempfile

EXPOSURE = 15  # tenths: what systemd calls "OK" begins below 50


def check_all(case, skip, cnil, root):
    folder = os.path.join(root, "conf", "systemd")
    with open(os.path.join(folder, "cnil-proof-close.service"), encoding="utf-8") as file:
        service = file.read()
    command = re.findall(r"(?m)^ExecStart=(.*)$", service)
    case("the unit's command is one that there is", command, ["cnil proof close"])
    if shutil.which("systemd-analyze") is None:
        skip("units: systemd-analyze is not installed")
        return
    with tempfile.TemporaryDirectory() as place:
        for name in os.listdir(folder):
            with open(os.path.join(folder, name), encoding="utf-8") as file:
                text = file.read().replace("ExecStart=cnil", "ExecStart=" + os.path.abspath(cnil))
            with open(os.path.join(place, name), "w", encoding="utf-8") as file:
                file.write(text)
        for name in sorted(os.listdir(place)):
            done = subprocess.run(["systemd-analyze", "verify", os.path.join(place, name)], capture_output=True, text=True, timeout=120, check=False)
            case(f"systemd-analyze verify {name}", (done.returncode, [line for line in done.stderr.splitlines() if "cnil" in line]), (0, []))
        timer = os.path.join(folder, "cnil-proof-close.timer")
        when = re.findall(r"(?m)^OnCalendar=(.*)$", open(timer, encoding="utf-8").read())
        done = subprocess.run(["systemd-analyze", "calendar", *when], capture_output=True, text=True, timeout=120, check=False)
        case("the timer's days are days", (len(when), done.returncode), (1, 0))
        done = subprocess.run(["systemd-analyze", "security", "--offline=true", f"--threshold={EXPOSURE}",
                               os.path.join(place, "cnil-proof-close.service")], capture_output=True, text=True, timeout=120, check=False)
        if "unrecognized option" in done.stderr:
            skip("units: this systemd-analyze cannot weigh a unit that is not installed")
        else:
            case(f"the service is exposed by {EXPOSURE / 10} of 10 at most", (done.returncode, done.stderr), (0, ""))
