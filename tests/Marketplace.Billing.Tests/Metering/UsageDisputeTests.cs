using FsCheck.Fluent;
using Marketplace.Billing.Contracts;
using Marketplace.Billing.Disputes;
using Marketplace.Billing.Ledger;
using Marketplace.Billing.Payouts;
using Marketplace.Platform.Audit;
using Marketplace.Platform.Outcomes;
using Marketplace.Platform.Pages;
using Marketplace.Platform.Parties;
using Marketplace.Testing;
using static Marketplace.Billing.Tests.BillingHouse;

namespace Marketplace.Billing.Tests.Metering;

/// <summary>Disputes: what is disputed does not become payable, what is upheld is taken back in proportion, and each decision is made once.</summary>
public sealed class UsageDisputeTests(PostgresFixture db) : IClassFixture<PostgresFixture>
{
    private static DateTimeOffset At(double hours) => ManualTimeProvider.DefaultStart.AddHours(hours);

    private static Task<Outcome<UsageDisputeView>> OpenAsync(
        BillingHouse house,
        ContractTerms terms,
        double from,
        double to,
        string? key = null,
        Actor? by = null,
        string reason = "It stood still"
    ) =>
        house.ActAsync<IUsageDisputes, Outcome<UsageDisputeView>>(
            by ?? Customer(terms.CustomerId),
            d => d.OpenAsync(terms.ContractId, new(At(from), At(to), reason), key ?? house.NewId("key"), default)
        );

    private static Task<Outcome<UsageDisputeView>> UpholdAsync(BillingHouse house, string id, decimal share = 1, Actor? by = null) =>
        house.ActAsync<IUsageDisputes, Outcome<UsageDisputeView>>(
            by ?? Desk,
            d => d.UpholdAsync(id, new("Seen") { Share = share }, default)
        );

    private static Task<Outcome<UsageDisputeView>> RejectAsync(BillingHouse house, string id, Actor? by = null) =>
        house.ActAsync<IUsageDisputes, Outcome<UsageDisputeView>>(by ?? Desk, d => d.RejectAsync(id, new("It ran"), default));

    private static async Task<(decimal Pending, decimal Payable)> CenterAsync(BillingHouse house, ContractTerms terms) =>
        await house.WalletAsync(terms.CenterId) is var w ? (w.Pending.Amount, w.Payable.Amount) : default;

    /// <summary>Two hours in windows of their own: 10 and 10 before tax, 8.50 of each the center's.</summary>
    private static async Task<ContractTerms> TwoHoursAsync(BillingHouse house, decimal hold = 100)
    {
        var terms = await house.ContractAsync(hold: hold);
        await house.RecordAsync(house.Reading(terms, 1, 1));
        await house.RecordAsync(house.Reading(terms, 2, 2));
        return terms;
    }

    [Fact]
    public async Task Disputed_charges_wait_while_the_others_become_payable_and_go_on_when_it_is_rejected()
    {
        await using var house = Over(db);
        var terms = await TwoHoursAsync(house);
        UsageDisputeView opened = Ok(await OpenAsync(house, terms, 1, 2));
        Assert.Equal((UsageDisputeState.Open, Money(11.9m), 1), (opened.State, opened.Disputed, opened.Charges));
        house.Time.Advance(TimeSpan.FromDays(8));
        await house.WorkAsync();
        Assert.Equal((8.5m, 8.5m), await CenterAsync(house, terms));
        var charges = (
            await house.RatingAsync(Customer(terms.CustomerId), r => r.ChargesAsync(new() { ContractId = terms.ContractId }, default))
        )
            .Items.OrderBy(c => c.From)
            .ToList();
        Assert.Equal([(UsageState.Final, null), (UsageState.InDisputeWindow, opened.Id)], charges.Select(c => (c.State, c.DisputeId)));
        UsageDisputeView rejected = Ok(await RejectAsync(house, opened.Id));
        Assert.Equal(
            (UsageDisputeState.Rejected, Money(0), "It ran", null),
            (rejected.State, rejected.Credited, rejected.Decision, rejected.JournalId)
        );
        await house.WorkAsync();
        Assert.Equal((0m, 17m), await CenterAsync(house, terms));
        // The same again is fine, the opposite is not, and the charge is not disputed twice.
        Ok(await RejectAsync(house, opened.Id));
        Assert.Equal("dispute-decided", Refused(await UpholdAsync(house, opened.Id)).Code);
        Assert.Equal("nothing-to-dispute", Refused(await OpenAsync(house, terms, 0, 9)).Code);
    }

    [Fact]
    public async Task What_is_upheld_goes_back_in_proportion_and_never_becomes_payable()
    {
        await using var house = Over(db);
        var terms = await TwoHoursAsync(house);
        // Half of the first hour and all of the second.
        UsageDisputeView opened = Ok(await OpenAsync(house, terms, 0.5, 2));
        Assert.Equal((Money(17.85m), 2), (opened.Disputed, opened.Charges));
        UsageDisputeView upheld = Ok(await UpholdAsync(house, opened.Id, 0.5m));
        Assert.Equal((UsageDisputeState.Upheld, Money(8.925m)), (upheld.State, upheld.Credited));
        Assert.Equal(Money(100 - 23.8m + 8.925m), (await house.WalletAsync(terms.CustomerId)).Held);
        // Each party sees its own amounts.
        async Task<UsageDisputeView> AsAsync(Actor who) =>
            (await house.ActAsync<IUsageDisputes, UsageDisputeView?>(who, d => d.FindAsync(opened.Id, default)))!;
        Assert.Equal((Money(12.75m), Money(6.375m)), await AsAsync(Center(terms.CenterId)) is var c ? (c.Disputed, c.Credited) : default);
        Assert.Equal((Money(1.5m), Money(0.75m)), await AsAsync(Operator(terms.OperatorId)) is var o ? (o.Disputed, o.Credited) : default);
        var cost = (await house.RatingAsync(Customer(terms.CustomerId), r => r.CostAsync(terms.ContractId, default)))!;
        Assert.Equal((Money(12.5m), 4500m), (cost.Net, cost.CardSeconds));

        // The meter goes on from where it was: what was given back is not charged again.
        await house.RecordAsync(house.Reading(terms, 3, 3));
        Assert.Equal(Money(22.5m), (await house.RatingAsync(Actor.System, r => r.CostAsync(terms.ContractId, default)))!.Net);
        house.Time.Advance(TimeSpan.FromDays(8));
        await house.WorkAsync();
        Assert.Equal((0m, 25.5m - 6.375m), await CenterAsync(house, terms));
        Ok(await UpholdAsync(house, opened.Id, 0.5m));
        Assert.Equal("dispute-decided", Refused(await UpholdAsync(house, opened.Id, 0.4m)).Code);
        Assert.Equal("dispute-decided", Refused(await RejectAsync(house, opened.Id)).Code);
        var journal = (await house.LedgerAsync(Desk, l => l.FindJournalAsync(upheld.JournalId!, default)))!;
        Assert.Equal(("usage-correction", terms.ContractId), (journal.Journal.Kind, journal.Journal.GroupId));
        var trail = Ok(
            await house.ActAsync<AuditDesk, Outcome<Page<AuditEventView>>>(Desk, a => a.ListAsync(new() { TargetId = opened.Id }, default))
        );
        Assert.Equal(["usage-dispute.opened", "usage-dispute.upheld"], trail.Items.Select(e => e.Action).Order());
    }

    [Fact]
    public async Task What_was_not_covered_comes_off_the_debt_and_after_the_invoice_goes_to_the_credit_and_pays_it()
    {
        await using var house = Over(db);
        var owing = await TwoHoursAsync(house, hold: 0);
        Ok(await UpholdAsync(house, Ok(await OpenAsync(house, owing, 0, 1)).Id));
        Assert.Equal(11_900_000, await house.BalanceAsync("unbilled:" + owing.CustomerId));

        var invoiced = await TwoHoursAsync(house, hold: 0);
        await house.RatingAsync(Actor.System, r => r.SettleAsync(invoiced.ContractId, default));
        InvoiceView invoice = Ok(
            await house.InvoicesAsync(Customer(invoiced.CustomerId), i => i.InvoiceContractAsync(invoiced.ContractId, default))
        );
        Assert.Equal(Money(23.8m), invoice.Open);
        Ok(await UpholdAsync(house, Ok(await OpenAsync(house, invoiced, 0, 1)).Id));
        Assert.Equal(Money(11.9m), (await house.InvoicesAsync(Customer(invoiced.CustomerId), i => i.FindAsync(invoice.Id, default)))!.Open);
    }

    [Fact]
    public async Task Opening_is_idempotent_bounded_in_time_and_the_customer_s_alone()
    {
        await using var house = Over(db);
        var terms = await TwoHoursAsync(house);
        string key = house.NewId("key");
        var same = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => OpenAsync(house, terms, 0, 1, key)));
        Assert.Single(same.Select(s => Ok(s).Id).Distinct(StringComparer.Ordinal));
        Assert.Equal("idempotency-key-reused", Refused(await OpenAsync(house, terms, 0, 2, key)).Code);
        Assert.Equal("/to", Refused(await OpenAsync(house, terms, 2, 2)).Errors.Single().Pointer);
        Assert.Equal("/reason", Refused(await OpenAsync(house, terms, 1, 2, reason: " ")).Errors.Single().Pointer);
        Assert.Equal(ProblemKind.Forbidden, Refused(await OpenAsync(house, terms, 1, 2, by: Center(terms.CenterId))).Kind);
        Assert.Equal(ProblemKind.Forbidden, Refused(await OpenAsync(house, terms, 1, 2, by: Operator(terms.OperatorId))).Kind);
        Assert.Equal(ProblemKind.NotFound, Refused(await OpenAsync(house, terms, 1, 2, by: Customer(house.NewParty()))).Kind);
        string id = same[0].Value.Id;
        foreach (var party in new[] { Customer(terms.CustomerId), Center(terms.CenterId), Operator(terms.OperatorId) })
        {
            Assert.Equal(ProblemKind.Forbidden, Refused(await UpholdAsync(house, id, by: party)).Kind);
            Assert.Equal(ProblemKind.Forbidden, Refused(await RejectAsync(house, id, by: party)).Kind);
            Assert.Equal(
                [id],
                (await house.ActAsync<IUsageDisputes, Page<UsageDisputeView>>(party, d => d.ListAsync(new(), default))).Items.Select(d =>
                    d.Id
                )
            );
        }
        Assert.Null(await house.ActAsync<IUsageDisputes, UsageDisputeView?>(Center(house.NewParty()), d => d.FindAsync(id, default)));
        Assert.Equal("/share", Refused(await UpholdAsync(house, id, 1.1m)).Errors.Single().Pointer);
        // The window of the second hour has passed.
        house.Time.Advance(TimeSpan.FromDays(7));
        Assert.Equal("nothing-to-dispute", Refused(await OpenAsync(house, terms, 1, 2)).Code);
        await Assert.ThrowsAsync<Npgsql.PostgresException>(() =>
            house.AsOwnerAsync($"delete from billing.usage_dispute_line where dispute_id = '{id}'")
        );
    }

    [Fact]
    public void What_is_taken_back_adds_up_and_is_never_more_than_was_charged() =>
        Properties.Check(
            from charges in Gen.Choose(1, 5).SelectMany(n => Gen.Choose(0, 90_000_000).ArrayOf(n))
            from commission in Gen.Choose(0, 20)
            from portion in Gen.Choose(1, 100)
            from share in Gen.Choose(1, 100)
            from owed in Gen.Choose(0, 100_000_000)
            from open in Gen.Elements(true, false)
            select (charges, commission, portion, share, owed, open),
            x =>
            {
                DisputedLine[] lines =
                [
                    .. x.charges.Select(
                        (net, i) =>
                        {
                            long network = (long)net * x.commission / 100;
                            // A loss leader's operator pays.
                            long center = i % 2 == 0 ? net * 6L / 10 : net * 12L / 10;
                            return new DisputedLine(
                                "chg_" + i,
                                net / 1000m,
                                net / 1_000_000m,
                                new Share(net, net / 5, center, net - center - network, network),
                                x.portion / 100m
                            );
                        }
                    ),
                ];
                Correction back = CorrectionRule.Of(lines, x.share / 100m, x.owed, x.open);
                Share total = back.Lines.Aggregate(default(Share), (sum, l) => sum + l.Share);
                long given = -(total.Net + total.Tax);
                bool whole = x is { portion: 100, share: 100 };
                return total == back.Share
                    && back.Lines.All(l => l.Share.Net == l.Share.Center + l.Share.Operator + l.Share.Commission && l.Uncovered <= 0)
                    && back.Uncovered == back.Lines.Sum(l => l.Uncovered)
                    && -back.Uncovered == Math.Min(given, x.owed)
                    && back.ToAvailable == (x.open ? 0 : given + back.Uncovered)
                    && given <= lines.Sum(l => l.Share.Net + l.Share.Tax)
                    && (!whole || total == default(Share) - lines.Aggregate(default(Share), (sum, l) => sum + l.Share));
            },
            500
        );

    [Fact]
    public async Task A_dispute_and_becoming_payable_at_the_same_moment_leave_the_charge_in_one_of_both()
    {
        await using var house = Over(db);
        var terms = await TwoHoursAsync(house);
        house.Time.Advance(TimeSpan.FromDays(7).Subtract(TimeSpan.FromSeconds(1)));
        await Task.WhenAll(
            Enumerable
                .Range(0, 4)
                .Select(i =>
                    i == 0 ? OpenAsync(house, terms, 0, 2) : (Task)house.ActAsync<MakeDue, int>(Actor.System, d => d.RunAsync(default))
                )
        );
        house.Time.Advance(TimeSpan.FromDays(1));
        await house.WorkAsync();
        Assert.Equal((17m, 0m), await CenterAsync(house, terms));
    }
}
