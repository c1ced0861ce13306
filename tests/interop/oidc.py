# SPDX-License-Identifier: MIT
"""A client of an OpenID provider: discovery, and the code flow with PKCE, state and nonce, through the provider's own pages
as a person would click through them. Loopback alone. Knows nothing of sessions."""
import base64
import hashlib
import html
import http.client
import http.cookies
import json
import re
import secrets
import urllib.parse

BACK = "http://127.0.0.1/back"  # where the provider sends the browser; nobody listens there, and nobody goes there


class Refused(Exception):
    """The provider's answer was not the one that the flow needs."""


def b64(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


class Browser:
    """Cookies of one host, and redirects that are followed by hand."""

    def __init__(self, issuer):
        self.host = urllib.parse.urlsplit(issuer).netloc
        self.cookies = {}

    def fetch(self, method, url, form=None, headers=()):
        connection = http.client.HTTPConnection(self.host, timeout=30)
        target = urllib.parse.urlsplit(url)
        if target.netloc not in ("", self.host):
            raise Refused(f"a redirect to {target.netloc}")
        sent = dict(headers)
        if self.cookies:
            sent["Cookie"] = "; ".join(f"{k}={v}" for k, v in self.cookies.items())
        body = None
        if form is not None:
            body = urllib.parse.urlencode(form)
            sent["Content-Type"] = "application/x-www-form-urlencoded"
        connection.request(method, target.path + ("?" + target.query if target.query else ""), body, sent)
        answer = connection.getresponse()
        text = answer.read().decode()
        for line in answer.headers.get_all("Set-Cookie") or ():
            for name, morsel in http.cookies.SimpleCookie(line).items():
                self.cookies[name] = morsel.value
        connection.close()
        return answer.status, answer.headers.get("Location"), text


class Client:
    """One client of the provider."""

    def __init__(self, issuer, client_id):
        self.issuer, self.client_id = issuer, client_id
        status, _, text = Browser(issuer).fetch("GET", issuer + "/.well-known/openid-configuration")
        self.config = json.loads(text) if status == 200 else {}
        if self.config.get("issuer") != issuer:
            raise Refused("the discovery document names another issuer")

    def jwks(self):
        """The text of the JWK Set, as it is now."""
        status, _, text = Browser(self.issuer).fetch("GET", self.config["jwks_uri"])
        if status != 200:
            raise Refused(f"jwks_uri: {status}")
        return text

    def sign_in(self, user, nonce):
        """The token response of one sign-in."""
        verifier, state = b64(secrets.token_bytes(32)), b64(secrets.token_bytes(16))
        browser = Browser(self.issuer)
        query = urllib.parse.urlencode({
            "client_id": self.client_id, "redirect_uri": BACK, "response_type": "code", "scope": "openid", "state": state,
            "nonce": nonce, "max_age": 3600, "code_challenge": b64(hashlib.sha256(verifier.encode()).digest()), "code_challenge_method": "S256"})
        back = self._click_through(browser, f"{self.config['authorization_endpoint']}?{query}", user)
        answer = dict(urllib.parse.parse_qsl(urllib.parse.urlsplit(back).query))
        if answer.get("state") != state or answer.get("iss") != self.issuer or "code" not in answer:
            raise Refused(f"the answer has {sorted(answer)}")
        status, _, text = browser.fetch("POST", self.config["token_endpoint"], {
            "grant_type": "authorization_code", "code": answer["code"], "redirect_uri": BACK, "client_id": self.client_id,
            "code_verifier": verifier})
        if status != 200:
            raise Refused(f"token endpoint: {status} {text}")
        return json.loads(text)

    def _click_through(self, browser, url, user):
        """Redirects and forms, until the provider sends the browser back."""
        method, form = "GET", None
        for _ in range(20):
            status, location, text = browser.fetch(method, url, form)
            method, form = "GET", None
            if location is not None and location.startswith(BACK):
                return location
            if location is not None:
                url = location
                continue
            action = re.search(r'<form[^>]* action="([^"]+)"', text)
            if status != 200 or action is None:
                raise Refused(f"{status}: {text[:200]}")
            url, method = html.unescape(action[1]), "POST"
            form = dict(re.findall(r'<input type="hidden" name="(\w+)" value="(\w+)"', text))
            if form.get("prompt") == "login":
                form.update(login=user, password="any")
        raise Refused("the provider did not send the browser back")
