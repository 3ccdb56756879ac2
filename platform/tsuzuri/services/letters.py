"""The words of a mail: that there is something, and where; never what, about whom or by whom."""

from __future__ import annotations

import gettext
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime

from tsuzuri import resources
from tsuzuri.errors import Message, message
from tsuzuri.services.platform import Platform
from tsuzuri.storage.mails import Mail
from tsuzuri.storage.people import User

SUBJECT = message("綴に新しいお知らせがあります")
NEW = message("綴に新しいお知らせがあります。次のアドレスを開いて、ログインしてからご覧ください。")
AGAIN = message(
    "このメールは自動でお送りしています。返信はできません。メールの受け取り方は、ログインしてから「個人設定」で変えられます。"
)


def unread(count: int, most: int) -> Message:
    """Return what a daily mail says."""
    if count >= most:
        return message(
            "綴に未読のお知らせが{most}件以上あります。次のアドレスを開いて、ログインしてからご覧ください。",
            most=most,
        )
    return message(
        "綴に未読のお知らせが{count}件あります。次のアドレスを開いて、ログインしてからご覧ください。",
        count=count,
    )


def letter(platform: Platform, sender: str, mail: Mail, *, to: User, said: Message) -> EmailMessage:
    """Return a mail as it travels.  Raises ``ValueError`` for what is no address.

    One mail has one Message-ID however often it is sent, so that a repeat can be recognised.
    """
    path = f"/notices/{mail.notice}" if mail.notice else "/notices"
    made = EmailMessage(policy=SMTP)
    made["From"] = Address(addr_spec=sender)
    made["To"] = Address(addr_spec=to.mail)
    made["Subject"] = _in(to.language, SUBJECT)
    made["Date"] = format_datetime(platform.clock().astimezone(platform.config.zone))
    made["Message-ID"] = message_id(mail, sender)
    # Nobody's absence notice is wanted in answer.
    made["Auto-Submitted"] = "auto-generated"
    made["X-Auto-Response-Suppress"] = "All"
    parts = (_in(to.language, said), platform.config.address + path, _in(to.language, AGAIN))
    made.set_content("\n\n".join(parts) + "\n", cte="base64")
    return made


def message_id(mail: Mail, sender: str) -> str:
    """Return the Message-ID of a mail."""
    return f"<tsuzuri.{mail.id}@{sender.rpartition('@')[2]}>"


def _in(language: str, said: Message) -> str:
    found = gettext.translation("messages", str(resources.TRANSLATIONS), [language], fallback=True)
    return found.gettext(said.text).format(**said.values)
