# SPDX-License-Identifier: Apache-2.0
"""clients: small clients of the stand-in cloud for tests, standard library only: a signer of AWS Signature Version 4, a
Digest client, the admin interface, and a cloud that is started and ended. Written from the public descriptions, so that
they check the stand-in independently of curl."""
import hashlib
import hmac
import http.client
import json
import os
import re
import ssl
import subprocess
import tempfile
import time
import urllib.error
import urllib.request

JSON10, JSON11 = "application/x-amz-json-1.0", "application/x-amz-json-1.1"


class Answer:
    def __init__(self, status, headers, body):
        self.status, self.headers, self.body = status, {k.lower(): v for k, v in headers}, body

    @property
    def json(self):
        return json.loads(self.body)

    @property
    def code(self):
        """The error code of KMS or SQS; None for a good answer."""
        return self.json.get("__type", "").rsplit("#", 1)[-1] or None if self.status >= 400 else None


class Cloud:
    """A running cmekd-cloud. Use with `with`."""

    def __init__(self, world=None, options=(), **config):
        self.dir = tempfile.TemporaryDirectory(prefix="cmekd-cloud-")
        program = os.path.join(os.environ.get("CMEKD_BUILD", "."), "cmekd-cloud")
        words = [program, "--dir", self.dir.name, "--quiet", "--die-with-parent", *options]
        if world is not None:
            world.setdefault("config", {}).update(config)
            path = os.path.join(self.dir.name, "world.json")
            with open(path, "w", encoding="utf-8") as f:
                json.dump(world, f)
            words += ["--world", path]
        self.process = subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        line = self.process.stdout.readline()
        if not line:
            raise RuntimeError("cmekd-cloud did not start: " + self.process.stderr.read())
        self.info = json.loads(line)
        self.port = int(self.info["endpoint"].rsplit(":", 1)[1])
        self.tls = ssl.create_default_context(cafile=self.info["ca"])

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.end()

    def end(self):
        """Ends it; what it wrote to standard error (a sanitizer's complaint), and its status."""
        self.process.terminate()
        try:
            _, errors = self.process.communicate(timeout=20)
        finally:
            self.process.kill()
            self.dir.cleanup()
        return self.process.returncode, errors

    def admin(self, path, body=None):
        """(status, JSON) of one admin request."""
        data = None if body is None else json.dumps(body).encode()
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        try:
            with opener.open(urllib.request.Request(self.info["admin"] + path, data), timeout=20) as a:
                return a.status, json.load(a)
        except urllib.error.HTTPError as e:
            return e.code, json.load(e)

    def set(self, path, **body):
        status, out = self.admin(path, body)
        if status != 200:
            raise RuntimeError(f"{path} {body}: {out}")
        return out

    def state(self):
        return self.admin("/admin/state")[1]

    def cluster(self, which):
        return next(c for c in self.state()["clusters"] if which in (c["id"], c["name"]))

    def key(self, arn):
        return next(k for k in self.state()["keys"] if k["arn"] == arn)

    def log(self, query=""):
        return self.admin("/admin/log?" + query)[1]["entries"]

    def request(self, method, target, headers, body=b"", host="127.0.0.1", timeout=10):
        """One request on a connection of its own. Raises OSError or HTTPException if there is no whole answer."""
        c = http.client.HTTPSConnection(host, self.port, context=self.tls, timeout=timeout)
        try:
            c.request(method, target, body, headers)
            a = c.getresponse()
            return Answer(a.status, a.getheaders(), a.read())
        finally:
            c.close()


def until(what, seconds=10.0):
    """Waits until what() is true; its last value."""
    end = time.monotonic() + seconds
    while True:
        value = what()
        if value or time.monotonic() > end:
            return value
        time.sleep(0.02)


class Aws:
    """Signs as the first access key of the cloud, unless told otherwise."""

    def __init__(self, cloud, **other):
        first = cloud.info["access_keys"][0]
        self.cloud = cloud
        self.key = other.get("key", first["access_key"])
        self.secret = other.get("secret", first["secret"])
        self.token = other.get("token")
        self.region = other.get("region", "us-west-2")
        self.service = other.get("service", "kms")
        self.skew_s = other.get("skew_s", 0)

    def sign(self, headers, body, unsigned=(), extra_signed=()):
        date = time.strftime("%Y%m%dT%H%M%SZ", time.gmtime(time.time() + self.skew_s))
        headers = dict(headers, Host=f"127.0.0.1:{self.cloud.port}", **{"X-Amz-Date": date})
        if self.token:
            headers["X-Amz-Security-Token"] = self.token
        lower = {k.lower(): " ".join(v.split()) for k, v in headers.items()}
        names = sorted([n for n in lower if n not in unsigned] + list(extra_signed))
        canonical = "\n".join(["POST", "/", ""] + [f"{n}:{lower.get(n, '')}" for n in names]
                              + ["", ";".join(names), hashlib.sha256(body).hexdigest()])
        scope = f"{date[:8]}/{self.region}/{self.service}/aws4_request"
        to_sign = "\n".join(["AWS4-HMAC-SHA256", date, scope, hashlib.sha256(canonical.encode()).hexdigest()])
        key = ("AWS4" + self.secret).encode()
        for part in scope.split("/"):
            key = hmac.new(key, part.encode(), hashlib.sha256).digest()
        signature = hmac.new(key, to_sign.encode(), hashlib.sha256).hexdigest()
        headers["Authorization"] = (f"AWS4-HMAC-SHA256 Credential={self.key}/{scope}, "
                                    f"SignedHeaders={';'.join(names)}, Signature={signature}")
        return headers

    def kms(self, operation, _timeout=10, **members):
        body = json.dumps(members).encode()
        headers = self.sign({"Content-Type": JSON11, "X-Amz-Target": "TrentService." + operation}, body)
        return self.cloud.request("POST", "/", headers, body, timeout=_timeout)

    def sqs(self, operation, _timeout=30, **members):
        signer = Aws(self.cloud, key=self.key, secret=self.secret, token=self.token, region=self.region, service="sqs",
                     skew_s=self.skew_s)
        body = json.dumps(members).encode()
        headers = signer.sign({"Content-Type": JSON10, "X-Amz-Target": "AmazonSQS." + operation}, body)
        return self.cloud.request("POST", "/", headers, body, timeout=_timeout)

    def sts(self, body=b"Action=GetCallerIdentity&Version=2011-06-15"):
        signer = Aws(self.cloud, key=self.key, secret=self.secret, region=self.region, service="sts", skew_s=self.skew_s)
        headers = signer.sign({"Content-Type": "application/x-www-form-urlencoded; charset=utf-8"}, body)
        return self.cloud.request("POST", "/", headers, body)


class TiDB:
    """A Digest client that keeps its nonce, as one long-lived curl handle does."""

    def __init__(self, cloud, user=None, password=None):
        first = cloud.info["api_keys"][0]
        self.cloud, self.user, self.password = cloud, user or first["public"], password or first["private"]
        self.nonce, self.count, self.challenge = None, 0, ""

    def authorization(self, method, uri, count=None):
        self.count = self.count + 1 if count is None else count

        def md5(text):
            return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()

        a1, a2 = md5(f"{self.user}:tidb.cloud:{self.password}"), md5(f"{method}:{uri}")
        response = md5(f"{a1}:{self.nonce}:{self.count:08x}:abc:auth:{a2}")
        return (f'Digest username="{self.user}", realm="tidb.cloud", nonce="{self.nonce}", uri="{uri}", qop=auth, '
                f'nc={self.count:08x}, cnonce="abc", response="{response}", algorithm=MD5')

    def once(self, method, target, body=None, uri=None, count=None, timeout=10):
        headers = {"Content-Type": "application/json"}
        if self.nonce:
            headers["Authorization"] = self.authorization(method, uri or target, count)
        data = b"" if body is None else json.dumps(body).encode()
        answer = self.cloud.request(method, target, headers, data, timeout=timeout)
        if answer.status == 401:
            self.challenge = answer.headers.get("www-authenticate", "")
            found = re.search('nonce="([^"]*)"', self.challenge)
            self.nonce, self.count = found and found.group(1), 0
        return answer

    def call(self, method, target, body=None, timeout=10):
        """With one more try after a challenge."""
        if not self.nonce:
            self.once(method, target)
        return self.once(method, target, body, timeout=timeout)

    def get(self, target):
        return self.call("GET", target)
