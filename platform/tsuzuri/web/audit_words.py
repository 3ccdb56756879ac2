"""What auditors read for each action of the audit log.

``tests/web/test_audit_complete.py`` finds an action that has no words here.
"""

from __future__ import annotations

from collections.abc import Mapping

from tsuzuri.errors import Message, message
from tsuzuri.storage.audit_reading import READS
from tsuzuri.web.render import sentence

ACTIONS: Mapping[str, Message] = {
    READS: message("閲覧すべて"),
    "read.records.show": message("記録を開いた"),
    "read.live": message("開いている画面で続きを見た"),
    "read.records.edit": message("記録を編集のために開いた"),
    "read.records.printed": message("記録の印刷"),
    "read.records.history": message("変更履歴の閲覧"),
    "read.records.ask_delete": message("削除の前に見た"),
    "read.records.unmask": message("伏せ字を外す前に見た"),
    "read.records.lift": message("伏せ字を外して見た"),
    "read.process.ask": message("操作の前に見た"),
    "read.process.ask_recall": message("操作を取り消す前に見た"),
    "read.process.ask_assign": message("作業者を変える前に見た"),
    "read.retention.hold": message("保全のために見た"),
    "read.threads.file": message("コメントの添付ファイルを開いた"),
    "read.records.in_trash": message("ごみ箱で見た"),
    "read.lists.index": message("一覧で見た"),
    "read.lists.search": message("検索結果で見た"),
    "read.home.index": message("新着で見た"),
    "read.notices.index": message("お知らせで見た"),
    "read.notices.told": message("メールで届いたお知らせを開いた"),
    "read.todo.index": message("自分が作業者の記録で見た"),
    "read.lookup.offers": message("参照先の候補で見た"),
    "read.retention.review": message("保存期限の確認で見た"),
    "read.files.download": message("添付ファイルを開いた"),
    "read.files.preview": message("添付の写真を見た"),
    "read.transfer.export": message("書き出しで受け取った"),
    "read.api.find": message("連携で一覧を読んだ"),
    "read.api.show": message("連携で記録を読んだ"),
    "read.api.comments": message("連携でコメントを読んだ"),
    "search": message("検索"),
    "record.create": message("記録の作成"),
    "record.change": message("記録の変更"),
    "record.scope": message("公開範囲の変更"),
    "record.delete": message("記録の削除"),
    "record.restore": message("記録の復元"),
    "record.import": message("記録の取り込み"),
    "record.follow": message("参照元に合わせた変更"),
    "record.export": message("記録の書き出し"),
    "record.unmask": message("伏せ字の表示"),
    "comment.add": message("コメント"),
    "draft.begin": message("下書きの作成"),
    "draft.save": message("相談中の下書きの保存"),
    "draft.complete": message("下書きから記録にした"),
    "draft.discard": message("下書きを捨てた"),
    "thanks.give": message("確認・お礼"),
    "thanks.take_back": message("確認・お礼の取り消し"),
    "status.change": message("ステータスの変更"),
    "status.recall": message("ステータスの変更の取り消し"),
    "status.assign": message("作業者の変更"),
    "deputy.add": message("代理の設定"),
    "deputy.remove": message("代理の解除"),
    "hold.place": message("記録の保全"),
    "hold.lift": message("保全の解除"),
    "erasure.propose": message("消去の提案"),
    "erasure.withdraw": message("消去の提案の取り下げ"),
    "erasure.approve": message("消去の承認"),
    "erasure.clean": message("消去したファイルの片付け"),
    "refuse": message("見られない・できない操作"),
    "session.start": message("ログイン"),
    "session.end": message("ログアウト"),
    "session.refuse": message("ログインの失敗"),
    "session.prove": message("本人の確認"),
    "factor.start": message("二段階認証の開始"),
    "factor.end": message("二段階認証の終了"),
    "factor.end_app": message("認証アプリの登録の削除"),
    "factor.reset": message("二段階認証の解除（管理者）"),
    "factor.codes": message("回復コードの作り直し"),
    "factor.recover": message("回復コードでのログイン"),
    "passkey.add": message("パスキーの登録"),
    "passkey.remove": message("パスキーの削除"),
    "passkey.clone": message("複製のおそれがあるパスキーの使用"),
    "password.change": message("パスワードの変更"),
    "link.make": message("招待・再設定のコードの作成"),
    "link.end": message("招待・再設定のコードの取り消し"),
    "link.use": message("招待・再設定のコードの使用"),
    "comment.edit": message("コメントの訂正"),
    "comment.withdraw": message("コメントの取り下げ"),
    "mail.choose": message("お知らせのメールの受け取り方の変更"),
    "token.create": message("API トークンの発行"),
    "token.end": message("API トークンの停止"),
    "token.refuse": message("使えなくなった API トークンの使用"),
    "identity.link": message("外部の認証との連携"),
    "identity.unlink": message("外部の認証との連携の解除"),
    "view_as.start": message("ほかの人の画面の表示を開始"),
    "view_as.end": message("ほかの人の画面の表示を終了"),
    "user.add": message("利用者の登録"),
    "user.change": message("利用者の変更"),
    "user.activate": message("利用の再開"),
    "user.deactivate": message("利用の停止"),
    "role.give": message("役割の付与"),
    "role.take": message("役割の取り消し"),
    "membership.add": message("所属の追加"),
    "membership.change": message("所属の変更"),
    "membership.remove": message("所属の取り消し"),
    "people.import": message("利用者の取り込み"),
    "people.export": message("利用者の書き出し"),
    "agency.add": message("所属（機関）の登録"),
    "agency.change": message("所属（機関）の変更"),
    "group.add": message("グループの登録"),
    "group.change": message("グループの変更"),
    "app.publish": message("アプリの公開"),
    "app.draft": message("アプリの下書き"),
    "app.discard": message("アプリの下書きの破棄"),
    "backup.make": message("バックアップの作成"),
    "alarm.notice": message("気になる動きの確認"),
    "audit.search": message("監査ログの閲覧"),
    "audit.export": message("監査ログの書き出し"),
}


def word(action: str) -> str:
    """Return what auditors read for an action.

    A page shown again because something on it was wrong reads as the act it was for.
    """
    if found := ACTIONS.get(action):
        return sentence(found)
    page = action.removeprefix("read.")
    return action if page == action else sentence(message("閲覧（{page}）", page=page))
