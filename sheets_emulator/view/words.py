"""The interface's texts in Russian, Kazakh and English, chosen by the browser's Accept-Language."""

from collections.abc import Mapping

_RU = {
    "files": "Файлы",
    "account": "Аккаунт",
    "switch": "Сменить",
    "no_accounts": "Аккаунтов пока нет. Создайте клиента или аккаунт через командную строку и обновите страницу.",
    "no_files": "У этого аккаунта нет файлов.",
    "name": "Название",
    "owner": "Владелец",
    "access": "Доступ",
    "changed": "Изменён",
    "folder": "папка",
    "spreadsheet": "таблица",
    "file": "файл",
    "may_edit": "можно изменять",
    "may_view": "только просмотр",
    "refused": "Нет доступа",
    "refused_hint": "Выберите другой аккаунт или вернитесь к списку файлов.",
    "back": "К списку файлов",
    "tabs": "Листы",
    "cell": "Ячейка",
    "content": "Содержимое ячейки",
    "grid": "Таблица",
    "locked": "Защищено: этот аккаунт не может менять эту ячейку",
    "locked_short": "Защищено",
    "locked_tab": "лист защищён",
    "no_free_row": "Свободных строк нет",
    "saved": "Сохранено",
    "saving": "Сохраняю…",
    "failed": "Не сохранено",
    "offline": "Нет связи с эмулятором",
    "note": "Примечание",
    "not_drawn": "Диаграмма этого вида сохранена, но здесь не рисуется",
    "filter": "Фильтр",
    "filtered": "Фильтр включён",
    "checkbox": "Флажок",
    "read_only": "Только просмотр",
    "hint": "Стрелки — переход, с Ctrl — к краю заполненного, Ctrl+Home и Ctrl+End — к первой и последней ячейке, "
    "Alt+End — к первой свободной строке, Enter или F2 — изменить, Esc — отменить, Delete — очистить, "
    "Ctrl+C и Ctrl+V — копировать и вставить",
    "cross_site": "Запрос пришёл с чужого сайта и отклонён.",
    "role_owner": "владелец",
    "role_organizer": "организатор",
    "role_fileOrganizer": "контент-менеджер",
    "role_writer": "редактор",
    "role_commenter": "комментатор",
    "role_reader": "читатель",
    "anyone": "все, у кого есть ссылка",
}
_KK = {
    "files": "Файлдар",
    "account": "Аккаунт",
    "switch": "Ауыстыру",
    "no_accounts": "Әзірге аккаунт жоқ. Пәрмен жолы арқылы клиент не аккаунт қосып, бетті жаңартыңыз.",
    "no_files": "Бұл аккаунтта файл жоқ.",
    "name": "Атауы",
    "owner": "Иесі",
    "access": "Қолжетімділік",
    "changed": "Өзгертілді",
    "folder": "қалта",
    "spreadsheet": "кесте",
    "file": "файл",
    "may_edit": "өзгертуге болады",
    "may_view": "тек көру",
    "refused": "Рұқсат жоқ",
    "refused_hint": "Басқа аккаунтты таңдаңыз немесе файлдар тізіміне оралыңыз.",
    "back": "Файлдар тізіміне",
    "tabs": "Парақтар",
    "cell": "Ұяшық",
    "content": "Ұяшықтың мазмұны",
    "grid": "Кесте",
    "locked": "Қорғалған: бұл аккаунт бұл ұяшықты өзгерте алмайды",
    "locked_short": "Қорғалған",
    "locked_tab": "парақ қорғалған",
    "no_free_row": "Бос жол жоқ",
    "saved": "Сақталды",
    "saving": "Сақталуда…",
    "failed": "Сақталмады",
    "offline": "Эмулятормен байланыс жоқ",
    "note": "Ескертпе",
    "not_drawn": "Бұл түрдегі диаграмма сақталған, бірақ мұнда салынбайды",
    "filter": "Сүзгі",
    "filtered": "Сүзгі қосулы",
    "checkbox": "Құсбелгі",
    "read_only": "Тек көру",
    "hint": "Көрсеткілер — жылжу, Ctrl-мен — толтырылғанның шетіне, Ctrl+Home және Ctrl+End — бірінші және соңғы "
    "ұяшыққа, Alt+End — бірінші бос жолға, Enter не F2 — өзгерту, Esc — болдырмау, Delete — тазалау, "
    "Ctrl+C және Ctrl+V — көшіру және қою",
    "cross_site": "Сұрау бөтен сайттан келді және қабылданбады.",
    "role_owner": "иесі",
    "role_organizer": "ұйымдастырушы",
    "role_fileOrganizer": "контент-менеджер",
    "role_writer": "редактор",
    "role_commenter": "пікір жазушы",
    "role_reader": "оқырман",
    "anyone": "сілтемесі бар кез келген адам",
}
_EN = {
    "files": "Files",
    "account": "Account",
    "switch": "Switch",
    "no_accounts": "There are no accounts yet. Make a client or an account on the command line, then reload.",
    "no_files": "This account has no files.",
    "name": "Name",
    "owner": "Owner",
    "access": "Access",
    "changed": "Changed",
    "folder": "folder",
    "spreadsheet": "spreadsheet",
    "file": "file",
    "may_edit": "can edit",
    "may_view": "view only",
    "refused": "No access",
    "refused_hint": "Choose another account, or go back to the list of files.",
    "back": "Back to the files",
    "tabs": "Tabs",
    "cell": "Cell",
    "content": "Content of the cell",
    "grid": "Spreadsheet",
    "locked": "Protected: this account cannot change this cell",
    "locked_short": "Protected",
    "locked_tab": "protected tab",
    "no_free_row": "There is no free row",
    "saved": "Saved",
    "saving": "Saving…",
    "failed": "Not saved",
    "offline": "The emulator does not answer",
    "note": "Note",
    "not_drawn": "A chart of this kind is kept, but not drawn here",
    "filter": "Filter",
    "filtered": "Filter is on",
    "checkbox": "Checkbox",
    "read_only": "View only",
    "hint": "Arrows move, with Ctrl to the edge of what is filled, Ctrl+Home and Ctrl+End to the first and last cell, "
    "Alt+End to the first free row, Enter or F2 edits, Esc cancels, Delete clears, Ctrl+C and Ctrl+V copy and paste",
    "cross_site": "The request came from another site and was refused.",
    "role_owner": "owner",
    "role_organizer": "organizer",
    "role_fileOrganizer": "content manager",
    "role_writer": "editor",
    "role_commenter": "commenter",
    "role_reader": "viewer",
    "anyone": "anyone with the link",
}
_LANGUAGES: Mapping[str, Mapping[str, str]] = {"ru": _RU, "kk": _KK, "en": _EN}


def language_of(accept_language: str) -> str:
    """`ru`, `kk` or `en`, whichever the browser asks for first; English for anything else."""
    wanted: list[tuple[float, str]] = []
    for part in accept_language.split(","):
        tag, _, quality = part.strip().partition(";q=")
        try:
            weight = float(quality) if quality else 1.0
        except ValueError:
            weight = 0.0
        wanted.append((-weight, tag.lower().split("-")[0]))
    return next((tag for _, tag in sorted(wanted, key=lambda w: w[0]) if tag in _LANGUAGES), "en")


def words(language: str) -> Mapping[str, str]:
    """All texts in one language."""
    return _LANGUAGES[language]
