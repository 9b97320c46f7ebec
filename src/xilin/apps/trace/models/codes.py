"""Tables of codes on goods: batches that were issued, each single code, the chips, and the public keys that prove them.

`Code` and `Chip` are written by COPY and by single statements, never row by row through the ORM.
"""

from django.db import models
from django.utils.translation import gettext_lazy as _

ORDINAL_BITS = 32


class CodeBatch(models.Model):
    """追溯码批次 Codes issued together for one product.

    `kind`: what carries the code; the words are those of a declared product. `lot`, `produced_on` and `expires_on` say
    what the codes go on, where that is known at issuing. Its codes have the ids `id << 32` to `(id << 32) + count - 1`
    (`first_id`, `last_id`), in the order of issuing: the order of the leaves below `root`. `root` is the RFC 9162 Merkle
    root over those codes, `statement` the text that names batch, product, count and root, and `signature` is over that
    text with the key `key_id` of `CodeKey`: who holds a code, its path and the public key can check it without asking.
    `request` is the caller's own number for the order: a repeated order finds the batch instead of issuing again.
    `key_version` names which of the installation's secrets the scratch codes and chips were derived with. `scratch_seed`
    (sealed with such a secret) is what scratch codes are printed from; it is forgotten once they are printed.
    """

    class Kind(models.TextChoices):
        LINK = "link", _("printed link")
        SCRATCH = "scratch", _("printed link with a scratch code")
        SIGNED = "signed", _("printed link with a signature")
        CHIP = "chip", _("NFC chip")

    class State(models.TextChoices):
        ISSUING = "issuing", _("being issued")
        READY = "ready", _("issued")
        FAILED = "failed", _("not issued")

    request = models.UUIDField(_("order"), unique=True)
    gtin = models.CharField(_("product"), max_length=14)
    kind = models.CharField(_("carrier"), max_length=10, choices=Kind.choices)
    producer = models.CharField(_("producer"), max_length=18, blank=True)
    lot = models.CharField(_("production batch"), max_length=20, blank=True)
    produced_on = models.DateField(_("produced on"), null=True, blank=True)
    expires_on = models.DateField(_("expires on"), null=True, blank=True)
    count = models.PositiveIntegerField(_("codes"))
    made = models.PositiveIntegerField(_("codes made so far"), default=0)
    state = models.CharField(_("state"), max_length=10, choices=State.choices, default=State.ISSUING)
    site = models.CharField(_("address codes lead to"), max_length=200)
    issued_at = models.DateTimeField(_("ordered at"))
    finished_at = models.DateTimeField(_("finished at"), null=True, blank=True)
    by = models.CharField(_("by whom"), max_length=150, blank=True)
    key_version = models.PositiveSmallIntegerField(_("version of the secret"), default=1)
    scratch_seed = models.BinaryField(_("seed of the scratch codes"), null=True, blank=True)
    root = models.BinaryField(_("root"), null=True, blank=True)
    statement = models.TextField(_("signed statement"), blank=True)
    signature = models.BinaryField(_("signature"), null=True, blank=True)
    key_id = models.CharField(_("signing key"), max_length=32, blank=True)

    class Meta:
        verbose_name = _("batch of codes")
        verbose_name_plural = _("batches of codes")
        ordering = ["-id"]
        indexes = [models.Index(fields=["gtin", "lot"], name="trace_batch_product")]

    def __str__(self) -> str:
        return f"{self.pk} {self.gtin} {self.kind}"

    @property
    def first_id(self) -> int:
        """The id of its first code."""
        return int(self.pk) << ORDINAL_BITS

    @property
    def last_id(self) -> int:
        """The id of its last code."""
        return self.first_id + self.count - 1


class CodeTree(models.Model):
    """批次哈希树 Nodes of a batch's Merkle tree that paths of single codes are made from (`proof.merkle.Growing.nodes`): 32 bytes
    each, the complete subtrees of 256 codes and more; a quarter of a byte for each code of a large batch."""

    batch = models.OneToOneField(
        CodeBatch, models.CASCADE, verbose_name=_("batch of codes"), primary_key=True, related_name="tree"
    )
    nodes = models.BinaryField(_("nodes"))

    class Meta:
        verbose_name = _("tree of a batch")
        verbose_name_plural = _("trees of batches")
        ordering = ["-pk"]

    def __str__(self) -> str:
        return str(self.batch_id)


class Code(models.Model):
    """追溯码 One code on one thing.

    `id` says batch and place in it: `batch << 32 | ordinal`. `serial` is random with a check character (15 + 1 of 32
    letters and digits) and unique for its product; `state` is its life cycle; `region` the sales region it was allotted
    to ("" none). `scratch` is the keyed hash of the code below the scratch layer, which itself is kept nowhere;
    `scratched_at` says when that was first given rightly. Life cycle, region and scratching belong to `codes.actions`.
    """

    class State(models.IntegerChoices):
        ISSUED = 1, _("issued")
        ACTIVE = 2, _("active")
        SOLD = 3, _("sold")
        OPENED = 4, _("opened")
        RETURNED = 5, _("returned")
        RECALLED = 6, _("recalled")
        VOID = 7, _("void")

    id = models.BigIntegerField(primary_key=True)
    # No constraint in the database: a check for each of a million rows costs more than writing them, and a batch is
    # never deleted. No index: the id says the batch.
    batch = models.ForeignKey(
        CodeBatch, models.DO_NOTHING, db_constraint=False, db_index=False, related_name="codes"
    )
    gtin = models.CharField(_("product"), max_length=14)
    serial = models.CharField(_("serial number"), max_length=20)
    state = models.SmallIntegerField(_("state"), choices=State.choices, default=State.ISSUED)
    region = models.CharField(_("sales region"), max_length=40, blank=True, default="")
    scratch = models.BinaryField(_("hash of the scratch code"), null=True, blank=True)
    scratched_at = models.DateTimeField(_("scratched at"), null=True, blank=True)

    class Meta:
        verbose_name = _("code")
        verbose_name_plural = _("codes")
        ordering = ["id"]
        constraints = [models.UniqueConstraint(fields=["serial", "gtin"], name="trace_code_serial")]

    def __str__(self) -> str:
        return f"{self.gtin}/{self.serial}"

    @property
    def ordinal(self) -> int:
        """Its place in the batch, from 0: the index of its leaf below the batch's root."""
        return int(self.pk) & ((1 << ORDINAL_BITS) - 1)


class Chip(models.Model):
    """防伪芯片 An NFC chip (NTAG 424 DNA) and the highest counter it has shown.

    `uid` is its 7 bytes in hexadecimal capitals. Its keys are derived from the installation's secret `key_version` and
    the UID and are never stored. `code` is the code it was bound to. `counter` is the highest value accepted (-1: none),
    `counter_at` when and `session` for whom (a hash): the same session may repeat the same message for a few seconds,
    everything else not above `counter` is a replay. `jumps` counts leaps of the counter that are too large for taps
    nobody reported. `tamper` is the state the chip last told of its own seal: "" not told, "C" closed, "O" opened, "I"
    not set up; an opened seal never closes again.
    """

    class Mode(models.TextChoices):
        AES = "aes", "AES"
        LRP = "lrp", "LRP"

    uid = models.CharField(_("chip"), max_length=14, primary_key=True)
    code = models.OneToOneField(
        Code, models.PROTECT, verbose_name=_("code"), related_name="chip", null=True, blank=True
    )
    mode = models.CharField(_("mode"), max_length=3, choices=Mode.choices, default=Mode.AES)
    key_version = models.PositiveSmallIntegerField(_("version of the secret"), default=1)
    counter = models.IntegerField(_("highest counter"), default=-1)
    counter_at = models.DateTimeField(_("counter read at"), null=True, blank=True)
    session = models.BinaryField(_("session"), null=True, blank=True)
    jumps = models.PositiveIntegerField(_("leaps of the counter"), default=0)
    replays = models.PositiveIntegerField(_("replays refused"), default=0)
    tamper = models.CharField(_("seal"), max_length=1, blank=True, default="")
    opened_at = models.DateTimeField(_("seal opened at"), null=True, blank=True)
    bound_at = models.DateTimeField(_("bound at"), null=True, blank=True)

    class Meta:
        verbose_name = _("chip")
        verbose_name_plural = _("chips")
        ordering = ["uid"]

    def __str__(self) -> str:
        return self.uid


class CodeRelease(models.Model):
    """超额放行 That so many codes may be ordered beyond what events say there is: proposed by one person, decided by another.

    `granted` is None until somebody decides; `used` counts codes of orders that were let pass by it, until `until`.
    `case` is the number of the case that asks for the decision.
    """

    gtin = models.CharField(_("product"), max_length=14)
    lot = models.CharField(_("production batch"), max_length=20, blank=True)
    producer = models.CharField(_("producer"), max_length=18, blank=True)
    count = models.PositiveIntegerField(_("codes"))
    used = models.PositiveIntegerField(_("codes used"), default=0)
    why = models.CharField(_("reason"), max_length=500)
    department = models.CharField(_("department"), max_length=40)
    case = models.CharField(_("case"), max_length=20, unique=True)
    proposed_by = models.CharField(_("proposed by"), max_length=150)
    proposed_at = models.DateTimeField(_("proposed at"))
    granted = models.BooleanField(_("granted"), null=True)
    decided_by = models.CharField(_("decided by"), max_length=150, blank=True)
    decided_at = models.DateTimeField(_("decided at"), null=True, blank=True)
    until = models.DateTimeField(_("until"), null=True, blank=True)

    class Meta:
        verbose_name = _("release of codes")
        verbose_name_plural = _("releases of codes")
        ordering = ["-id"]
        indexes = [models.Index(fields=["gtin", "lot"], name="trace_release_product")]

    def __str__(self) -> str:
        return self.case


class CodeKey(models.Model):
    """验签公钥 A public key of batches and signed codes: what an offline check is given.

    It signs from `since` until `until`; what it signed stays proven afterwards. From `withdrawn_at` on nothing is proven by
    it any more, whenever it was signed: its secret may be in other hands.
    """

    class Algorithm(models.TextChoices):
        ED25519 = "ed25519", "Ed25519"
        SM2 = "sm2", "SM2"

    key_id = models.CharField(_("signing key"), max_length=32, primary_key=True)
    algorithm = models.CharField(_("algorithm"), max_length=10, choices=Algorithm.choices)
    public = models.BinaryField(_("public key"))
    since = models.DateTimeField(_("since"))
    until = models.DateTimeField(_("until"), null=True, blank=True)
    withdrawn_at = models.DateTimeField(_("withdrawn at"), null=True, blank=True)

    class Meta:
        verbose_name = _("signing key of codes")
        verbose_name_plural = _("signing keys of codes")
        ordering = ["-since"]

    def __str__(self) -> str:
        return self.key_id
