"""A mail server for tests: ADDRESS PORT FOLDER CERTIFICATE KEY starttls|tls|none.

It takes mail over TLS from who logs in as raddeploy with the password right, and
writes each message into the folder. Recipients named refused, full and later are
refused: for good, for now, and the first time. Where the folder has a file named
after-data, what is to be taken is refused after its data, for now.
"""
import asyncio
import os
import ssl
import sys

from aiosmtpd.smtp import SMTP, AuthResult

port, folder, certificate, key, security = sys.argv[1:]


class Handler:
    seen = set()
    count = 0

    async def handle_RCPT(self, server, session, envelope, address, options):
        name = address.partition("@")[0]
        if name == "refused":
            return "550 5.1.1 no such mailbox"
        if name == "full" or name == "later" and name not in self.seen:
            self.seen.add(name)
            return "450 4.2.1 mailbox busy, try again"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        if os.path.exists(os.path.join(folder, "after-data")):
            return "451 4.3.0 no room now"
        Handler.count += 1
        path = os.path.join(folder, "%03d-%s" % (Handler.count, envelope.rcpt_tos[0]))
        with open(path + ".part", "wb") as out:
            out.write(envelope.content)
        os.rename(path + ".part", path + ".eml")
        return "250 OK"


def authenticate(server, session, envelope, mechanism, data):
    right = data.login == b"raddeploy" and data.password == b"right"
    return AuthResult(success=right, handled=False)


async def main():
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    handler = Handler()

    def session():
        return SMTP(
            handler,
            hostname="localhost",
            enable_SMTPUTF8=True,
            tls_context=context if security == "starttls" else None,
            require_starttls=security == "starttls",
            auth_required=security != "none",
            auth_require_tls=security == "starttls",
            authenticator=authenticate,
        )

    secured = context if security == "tls" else None
    server = await asyncio.get_running_loop().create_server(session, "127.0.0.1", int(port), ssl=secured)
    print("ready", flush=True)
    await server.serve_forever()


asyncio.run(main())
