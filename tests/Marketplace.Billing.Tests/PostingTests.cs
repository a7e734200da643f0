using FsCheck;
using FsCheck.Fluent;
using Marketplace.Billing.Contracts;
using Marketplace.Billing.Ledger;
using Marketplace.Platform.Monetary;
using Marketplace.Testing;
using static Marketplace.Billing.Tests.BillingHouse;

namespace Marketplace.Billing.Tests;

/// <summary>
/// The table of postings, event by event: what each named posting moves, that its amounts add up whatever they are, and that the database
/// takes every one of them and the books balance after it.
/// </summary>
public sealed class PostingTests(PostgresFixture db) : IClassFixture<PostgresFixture>
{
    private static readonly DateTimeOffset At = ManualTimeProvider.DefaultStart;
    private static readonly ChargeParties Parties = new("ctr", "c", "o", "z", Cny, "CN", "h");
    private static readonly Share Charged = new(10_000_000, 1_900_000, 8_500_000, 1_000_000, 500_000);

    public static TheoryData<string, string[]> Table { get; } =
        new()
        {
            { "refund", ["customer.available:c > refund_transit 5000000"] },
            { "refund-settled", ["refund_transit > psp 5000000"] },
            { "refund-failed", ["refund_transit > customer.available:c 5000000"] },
            { "refund-came-back", ["psp > refund_transit 5000000"] },
            { "dispute", ["dispute_recv > psp 5000000", "psp_fee > psp 150000", "customer.available:c > customer.frozen:c 3000000"] },
            { "dispute-won", ["psp > dispute_recv 5000000", "psp > psp_fee 150000", "customer.frozen:c > customer.available:c 3000000"] },
            {
                "dispute-lost",
                ["customer.frozen:c > dispute_recv 3000000", "clawback:c > dispute_recv 1500000", "cb_loss > dispute_recv 500000"]
            },
            { "advance", ["advance:c > customer.available:c 5000000"] },
            { "advance-back", ["customer.available:c > advance:c 5000000"] },
            { "clawback-paid", ["customer.available:c > clawback:c 1500000"] },
            { "clawback-written-off", ["cb_loss > clawback:c 1500000"] },
            { "payout", ["center.payable:z > transfer_transit 5000000"] },
            { "payout-paid", ["transfer_transit > psp 5000000"] },
            { "payout-returned", ["transfer_transit > center.payable:z 5000000"] },
            { "sweep", ["bank > psp 5000000"] },
            { "sweep-returned", ["psp > bank 5000000"] },
            { "provider-fee", ["psp_fee > psp 500000"] },
            { "provider-fee given back", ["psp > psp_fee 500000"] },
            { "unclaimed", ["customer.available:c > unclaimed 5000000"] },
            { "breakage", ["unclaimed > breakage 5000000"] },
            { "voucher", ["promo > customer.promo:c 5000000"] },
            { "promo-expired", ["customer.promo:c > promo 5000000"] },
            {
                "service-credit",
                [
                    "center.pending:z > customer.promo:c 850000",
                    "operator.pending:o > customer.promo:c 100000",
                    "commission > customer.promo:c 50000",
                    "tax:CN > customer.promo:c 190000",
                ]
            },
            { "service-credit by the network", ["sla > customer.promo:c 1190000"] },
            {
                "credit-note",
                [
                    "center.pending:z > receivable:c 8500000",
                    "operator.pending:o > receivable:c 500000",
                    "operator.pending:o > customer.available:c 500000",
                    "commission > customer.available:c 500000",
                    "tax:CN > customer.available:c 1900000",
                ]
            },
            { "credit-note rounding", ["rounding > receivable:c 1000", "rounding > customer.available:c 3000"] },
            { "invoice-paid", ["psp > receivable:c 4000000", "psp > customer.available:c 1000000", "psp_fee > psp 150000"] },
            { "written-off", ["bad_debt > receivable:c 5000000"] },
            { "reservation", ["customer.available:c > deferred:rsv 11900000"] },
            {
                "reservation-served",
                [
                    "deferred:rsv > center.pending:z 8500000",
                    "deferred:rsv > operator.pending:o 1000000",
                    "deferred:rsv > commission 500000",
                    "deferred:rsv > tax:CN 1900000",
                ]
            },
            {
                "reservation-unused",
                [
                    "deferred:rsv > center.pending:z 8500000",
                    "deferred:rsv > operator.pending:o 1000000",
                    "deferred:rsv > commission 500000",
                    "deferred:rsv > tax:CN 1900000",
                ]
            },
        };

    [Theory]
    [MemberData(nameof(Table))]
    public void Each_event_moves_what_the_table_of_postings_says(string posting, string[] legs)
    {
        ArgumentNullException.ThrowIfNull(posting);
        JournalDraft draft = All("c", "o", "z", "rsv", "k")[posting];
        Assert.Equal(posting.Split(' ')[0], draft.Kind);
        Assert.Equal(legs, draft.Legs.Select(l => $"{l.Debit.Code} > {l.Credit.Code} {l.Micros}"));
    }

    [Fact]
    public void Every_posting_is_in_the_table_once() =>
        Assert.Equal(All("c", "o", "z", "rsv", "k").Keys.Order(), Table.Select(row => (string)row[0]!).Order());

    [Fact]
    public void No_two_postings_of_one_thing_share_a_key()
    {
        var drafts = All("c", "o", "z", "rsv", "k").Values.ToList();
        // A credit by the network stands instead of one in proportion, a lost dispute instead of a won one.
        var apart = drafts.Where(d => d.Kind is not ("dispute-lost" or "clawback-written-off" or "reservation-unused")).ToList();
        apart.RemoveAt(apart.FindLastIndex(d => d.Kind == "service-credit"));
        Assert.Equal(apart.Count, apart.DistinctBy(d => (d.Source, d.Key)).Count());
    }

    [Fact]
    public void A_service_credit_is_shared_in_the_proportions_of_what_was_charged() =>
        Properties.Check(
            from center in Gen.Choose(0, 900_000)
            from margin in Gen.Choose(-100_000, 300_000)
            from commission in Gen.Choose(0, 50_000)
            from tax in Gen.Choose(1, 200_000)
            from part in Gen.Choose(1, 1_000)
            select (Share: new Share(center + margin + commission, tax, center, margin, commission), part),
            x =>
            {
                long whole = x.Share.Net + x.Share.Tax;
                if (whole <= 0)
                    return true;
                long credit = Math.Max(1, whole * x.part / 1_000);
                JournalDraft draft = Postings.ServiceCredit(Parties, x.Share, new Money(credit, Cny), "r", "k", At);
                long weights = x.Share.Center + Math.Max(0, x.Share.Operator) + x.Share.Commission + x.Share.Tax;
                bool Fair(AccountRef account, long weight) =>
                    Math.Abs(Given(draft, account) - ((decimal)credit * Math.Max(0, weight) / weights)) <= 1;
                return draft.Legs.Sum(l => l.Micros) == credit
                    && draft.Legs.All(l => l.Credit == Chart.Promo("c", Cny))
                    && Fair(Chart.CenterPending("z", Cny), x.Share.Center)
                    && Fair(Chart.OperatorPending("o", Cny), x.Share.Operator)
                    && Fair(Chart.Commission(Cny), x.Share.Commission)
                    && Fair(Chart.Tax("CN", Cny), x.Share.Tax);
            },
            1_000
        );

    [Fact]
    public void More_than_was_charged_is_never_credited_and_more_than_was_disputed_never_lost()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => Postings.ServiceCredit(Parties, Charged, Money(11.900001m), "r", "k", At));
        Assert.Throws<ArgumentOutOfRangeException>(() => Postings.DisputeLost("d", "c", Money(5), Money(3), Money(2.1m), At));
    }

    [Fact]
    public async Task The_database_takes_every_posting_once_and_the_books_balance()
    {
        await using var house = Over(db);
        house.LeavesBooksWrong = true;
        string customer = house.NewParty();
        await house.TopUpAsync(customer, 100);
        await house.GrantAsync(customer, 50);
        var drafts = All(customer, house.NewParty(), house.NewParty(), house.NewId("rsv"), house.NewId("k"));
        // Reversals name a journal that must be there; disputes are won or lost, not both; receivables belong to invoices.
        string[] order =
        [
            "voucher",
            "promo-expired",
            "refund",
            "refund-settled",
            "dispute",
            "dispute-lost",
            "clawback-paid",
            "payout",
            "payout-paid",
            "sweep",
            "unclaimed",
            "breakage",
            "service-credit",
            "reservation",
            "reservation-served",
        ];
        foreach (string name in order)
        {
            Posted first = await PostAsync(house, drafts[name]);
            Posted again = await PostAsync(house, drafts[name] with { EffectiveAt = At.AddDays(1) });
            Assert.Equal((PostedStatus.Posted, PostedStatus.Duplicate, first.JournalId), (first.Status, again.Status, again.JournalId));
            await LedgerHoldsAsync(house);
        }
        Assert.Equal(0, await house.BalanceAsync("dispute_recv"));
    }

    [Fact]
    public async Task A_returned_payout_and_a_failed_refund_reverse_their_journal_once()
    {
        await using var house = Over(db);
        house.LeavesBooksWrong = true;
        string customer = house.NewParty();
        string center = house.NewParty();
        await house.TopUpAsync(customer, 10);
        string payout = house.NewId("po");
        string refund = house.NewId("rf");
        AccountRef payable = Chart.CenterPayable(center, Cny);
        string submitted = (await PostAsync(house, Postings.PayoutSubmitted(payout, payable, Money(5), At))).JournalId;
        string started = (await PostAsync(house, Postings.RefundStarted(refund, customer, Money(5), At))).JournalId;
        await PostAsync(house, Postings.PayoutReturned(payout, submitted, payable, Money(5), At));
        await PostAsync(house, Postings.RefundFailed(refund, started, customer, Money(5), At));
        Assert.Equal(0, await house.BalanceAsync("center.payable:" + center));
        Assert.Equal(10_000_000, (await house.WalletAsync(customer)).Available.Micros);
        // Under another key the same journal cannot be reversed again.
        await Assert.ThrowsAsync<Npgsql.PostgresException>(() =>
            PostAsync(house, Postings.PayoutReturned(payout, submitted, payable, Money(5), At) with { Key = house.NewId("other") })
        );
    }

    // Posted here without the payout or the grant each belongs to, so only what the ledger promises by itself is asked.
    private static async Task LedgerHoldsAsync(BillingHouse house)
    {
        var report = await house.LedgerAsync(Platform.Parties.Actor.System, l => l.CheckBooksAsync(default));
        Assert.All(
            report.Invariants.Where(i => i.Invariant is not (Invariants.PayoutsAgree or Invariants.CreditsAgree)),
            i => Assert.True(i.Holds, i.Invariant)
        );
    }

    private static Dictionary<string, JournalDraft> All(string c, string o, string z, string reservation, string key)
    {
        ChargeParties parties = Parties with { CustomerId = c, OperatorId = o, CenterId = z };
        return new(StringComparer.Ordinal)
        {
            ["refund"] = Postings.RefundStarted(key, c, Money(5), At),
            ["refund-settled"] = Postings.RefundSettled(key, Chart.Psp(Cny), Money(5), At),
            ["refund-failed"] = Postings.RefundFailed(key, "jr", c, Money(5), At),
            ["refund-came-back"] = Postings.RefundCameBack(key, "jr", Chart.Psp(Cny), Money(5), At),
            ["sweep-returned"] = Postings.SweepReturned(key + "b", "jr", Money(5), At),
            ["provider-fee"] = Postings.ProviderFee(key, Money(0.5m), At),
            ["provider-fee given back"] = Postings.ProviderFee(key + "b", Money(-0.5m), At),
            ["dispute"] = Postings.DisputeOpened(key, c, Money(5), Money(0.15m), Money(3), At),
            ["dispute-won"] = Postings.DisputeWon(key, c, Money(5), Money(0.15m), Money(3), At),
            ["dispute-lost"] = Postings.DisputeLost(key, c, Money(5), Money(3), Money(0.5m), At),
            ["advance"] = Postings.Advance(key, c, Money(5), key, At),
            ["advance-back"] = Postings.AdvanceBack(c, Money(5), key, At),
            ["clawback-paid"] = Postings.ClawbackPaid(c, Money(1.5m), key, At),
            ["clawback-written-off"] = Postings.ClawbackWrittenOff(c, Money(1.5m), "Lost", key, At),
            ["payout"] = Postings.PayoutSubmitted(key, Chart.CenterPayable(z, Cny), Money(5), At),
            ["payout-paid"] = Postings.PayoutPaid(key, Chart.Psp(Cny), Money(5), At),
            ["payout-returned"] = Postings.PayoutReturned(key, "jr", Chart.CenterPayable(z, Cny), Money(5), At),
            ["sweep"] = Postings.Swept(key, Money(5), At),
            ["unclaimed"] = Postings.Unclaimed(c, Money(5), "Left", key, At),
            ["breakage"] = Postings.Breakage(Money(5), "Time over", key, At),
            ["voucher"] = Postings.Voucher(key, c, Money(5), At),
            ["promo-expired"] = Postings.PromoExpired(c, Money(5), key, At),
            ["service-credit"] = Postings.ServiceCredit(parties, Charged, Money(1.19m), "Outage", key, At),
            ["service-credit by the network"] = Postings.ServiceCreditByNetwork("ctr", c, Money(1.19m), "Outage", key, At),
            ["credit-note"] = Postings.CreditNote(key, 1, parties, Charged, 9_000_000, "Wrong price", At),
            ["credit-note rounding"] = Postings.CreditNoteRounding(key, c, Money(0.001m), Money(0.003m), At)!,
            ["invoice-paid"] = Postings.InvoicePaid(key, "inv", c, Chart.Psp(Cny), Money(5), Money(1), Money(0.15m), At),
            ["written-off"] = Postings.WrittenOff(key, c, Money(5), "Insolvent", At),
            ["reservation"] = Postings.ReservationPrepaid(reservation, c, Money(11.9m), At),
            ["reservation-served"] = Postings.ReservationServed(reservation, parties, Charged, key, At),
            ["reservation-unused"] = Postings.ReservationUnused(reservation, parties, Charged, key, At),
        };
    }

    private static async Task<Posted> PostAsync(BillingHouse house, JournalDraft draft) =>
        (await house.InTransactionAsync(s => s.Writer.PostAsync([draft], default)))[0];

    private static long Given(JournalDraft draft, AccountRef account) => draft.Legs.Where(l => l.Debit == account).Sum(l => l.Micros);
}
