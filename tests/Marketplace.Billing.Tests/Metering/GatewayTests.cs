using Marketplace.Billing.Contracts;
using Marketplace.Platform.Outcomes;
using Marketplace.Platform.Parties;
using Marketplace.Testing;
using static Marketplace.Billing.Tests.BillingHouse;

namespace Marketplace.Billing.Tests.Metering;

/// <summary>A center's gateway reports tokens and calls; terms with several meters; units that are never added to each other.</summary>
public sealed class GatewayTests(PostgresFixture db) : IClassFixture<PostgresFixture>
{
    private static readonly DateTimeOffset Start = ManualTimeProvider.DefaultStart;

    private static readonly MeterPrice[] TokensAndCalls =
    [
        new("tokens", "million-token", 1_000_000, 12, 9),
        new("calls", "thousand-call", 1_000, 0.5m, 0.4m),
    ];

    private static ReportedReading Tokens(ContractTerms terms, decimal quantity, int minute, string? id = null) =>
        new(id ?? $"tok-{minute}", terms.ContractId, "svc", "tokens", quantity, Start.AddMinutes(minute - 1), Start.AddMinutes(minute));

    private static Task<Outcome<UsageReceipt>> ReportAsync(BillingHouse house, Actor by, params ReportedReading[] readings) =>
        house.ActAsync<IMetering, Outcome<UsageReceipt>>(by, m => m.ReportAsync(new ReportUsage("gw", readings), default));

    [Fact]
    public async Task Each_reading_has_its_own_answer_and_a_repetition_changes_nothing()
    {
        await using var house = Over(db);
        var terms = await house.ContractAsync(hold: 100, with: t => t with { Meters = TokensAndCalls });
        var foreign = await house.ContractAsync(hold: 100, with: t => t with { Meters = TokensAndCalls });
        Actor center = Center(terms.CenterId);
        ReportedReading[] readings =
        [
            Tokens(terms, 500_000, 1),
            Tokens(terms, 400_000, 2),
            Tokens(foreign, 1, 1, "foreign"),
            Tokens(terms, 1, 1, "other") with
            {
                Meter = "wishes",
            },
            Tokens(terms, 1, 1, "cards") with
            {
                Meter = "card-seconds",
            },
            Tokens(terms, 2_000, 3, "calls") with
            {
                Meter = "calls",
            },
        ];
        var receipt = Ok(await ReportAsync(house, center, readings));
        Assert.Equal(readings.Select(r => r.EventId), receipt.Readings.Select(r => r.EventId));
        Assert.Equal(
            [
                (ReadingOutcome.Accepted, UsageState.Rated, null),
                (ReadingOutcome.Quarantined, UsageState.Reported, "counter-fell"),
                (ReadingOutcome.Quarantined, UsageState.Reported, "unknown-contract"),
                (ReadingOutcome.Quarantined, UsageState.Reported, "unknown-meter"),
                (ReadingOutcome.Quarantined, UsageState.Reported, "measured-by-network"),
                (ReadingOutcome.Accepted, UsageState.Rated, (string?)null),
            ],
            receipt.Readings.Select(r => (r.Outcome, r.State, r.Reason))
        );
        // Six for half a million tokens and one for two thousand calls, with tax.
        Assert.Equal(Money(7 * 1.19m), receipt.Charges.Single(c => c.ContractId == terms.ContractId).Charged);
        var again = Ok(await ReportAsync(house, center, readings));
        Assert.Equal(ReadingOutcome.Duplicate, again.Readings[0].Outcome);
        Assert.Equal(Money(0), again.Charges.Single(c => c.ContractId == terms.ContractId).Charged);
        Assert.Null((await house.RatingAsync(Actor.System, r => r.CostAsync(foreign.ContractId, default)))!.Through);
    }

    [Fact]
    public async Task Only_a_center_reports_and_a_wrong_report_names_its_field()
    {
        await using var house = Over(db, settings: ("MaxReadingsPerCall", "2"));
        var terms = await house.ContractAsync(hold: 100, with: t => t with { Meters = TokensAndCalls });
        foreach (var other in new[] { Customer(terms.CustomerId), Operator(terms.OperatorId) })
            Assert.Equal(ProblemKind.Forbidden, Refused(await ReportAsync(house, other, Tokens(terms, 1, 1))).Kind);
        Actor center = Center(terms.CenterId);
        Task<Outcome<UsageReceipt>> SendAsync(ReportUsage report) =>
            house.ActAsync<IMetering, Outcome<UsageReceipt>>(center, m => m.ReportAsync(report, default));
        ReportedReading one = Tokens(terms, 1, 1);
        Assert.Equal("/source", Refused(await SendAsync(new ReportUsage(" ", [one]))).Errors.Single().Pointer);
        Assert.Equal("/readings", Refused(await SendAsync(new ReportUsage("gw", [one, one, one]))).Errors.Single().Pointer);
        Assert.Equal("/readings", Refused(await SendAsync(new ReportUsage("gw", null!))).Errors.Single().Pointer);
        Assert.Equal(
            "/heard/0/through",
            Refused(await SendAsync(new ReportUsage("gw", []) { Heard = [new(terms.ContractId, Start, Start.AddHours(-1))] }))
                .Errors.Single()
                .Pointer
        );
        // Another center's word about this contract counts for nothing.
        Ok(
            await house.ActAsync<IMetering, Outcome<UsageReceipt>>(
                Center(house.NewParty()),
                m => m.ReportAsync(new ReportUsage("gw", []) { Heard = [new(terms.ContractId, Start, Start.AddHours(1))] }, default)
            )
        );
        Assert.Equal(0L, await house.AsOwnerAsync($"select count(*) from billing.usage_feed where contract_id = '{terms.ContractId}'"));
        Ok(await SendAsync(new ReportUsage("gw", [one]) { Heard = [new(terms.ContractId, Start, Start.AddHours(1))] }));
        Assert.Equal(
            $"gateway:{terms.CenterId}/gw",
            await house.AsOwnerAsync($"select source from billing.usage_feed where contract_id = '{terms.ContractId}'")
        );
    }

    [Fact]
    public async Task Quantities_of_different_units_are_never_added_up()
    {
        await using var house = Over(db);
        var terms = await house.ContractAsync(hold: 100, with: t => t with { Meters = TokensAndCalls });
        await house.RecordAsync(house.Reading(terms, 2, 2, final: true));
        Ok(await ReportAsync(house, Center(terms.CenterId), Tokens(terms, 3_000_000, 1)));
        Actor customer = Customer(terms.CustomerId);
        var charges = (await house.RatingAsync(customer, r => r.ChargesAsync(new() { ContractId = terms.ContractId }, default))).Items;
        Assert.Equal(
            [("card-hour", 2m, 10m, Money(20)), ("million-token", 3m, 12m, Money(36))],
            charges.OrderBy(c => c.Unit, StringComparer.Ordinal).Select(c => (c.Unit, c.Units, c.UnitPricePerHour, c.Amount))
        );
        var group = Assert.Single(
            await house.RatingAsync(customer, r => r.GroupedAsync("contract", Cny, default, house.Now.AddDays(1), default))
        );
        Assert.Equal((Money(56 * 1.19m), 2m), (group.Amount, group.CardHours));
        Assert.Equal(7200m, (await house.RatingAsync(customer, r => r.CostAsync(terms.ContractId, default)))!.CardSeconds);
        await house.RatingAsync(Actor.System, r => r.SettleAsync(terms.ContractId, default));
        var invoice = Ok(await house.InvoicesAsync(customer, i => i.InvoiceContractAsync(terms.ContractId, default)));
        Assert.Equal(
            [(2m, "card-hour", 10m), (3m, "million-token", 12m)],
            invoice.Lines.OrderBy(l => l.Unit, StringComparer.Ordinal).Select(l => (l.Quantity, l.Unit, l.UnitPrice))
        );
    }

    [Fact]
    public async Task Terms_keep_their_meters_and_refuse_impossible_ones()
    {
        await using var house = Over(db);
        var terms = await house.ContractAsync(hold: 0, with: t => t with { Meters = TokensAndCalls });
        async Task RegisterAsync(ContractTerms t) =>
            await house.RatingAsync(
                Actor.System,
                async r =>
                {
                    await r.RegisterAsync(t, default);
                    return 0;
                }
            );
        await RegisterAsync(terms with { Meters = [TokensAndCalls[1], TokensAndCalls[0]] });
        await Assert.ThrowsAsync<InvalidOperationException>(() => RegisterAsync(terms with { Meters = [TokensAndCalls[0]] }));
        await Assert.ThrowsAsync<InvalidOperationException>(() =>
            RegisterAsync(terms with { Meters = [TokensAndCalls[0] with { Retail = 1 }, TokensAndCalls[1]] })
        );
        foreach (
            var (meters, says) in new (MeterPrice[] Meters, string Says)[]
            {
                ([TokensAndCalls[0], TokensAndCalls[0]], "more than once"),
                ([TokensAndCalls[0] with { Meter = "card-seconds" }], "more than once"),
                ([TokensAndCalls[0] with { Wholesale = -1 }], "between 0"),
                ([TokensAndCalls[0] with { QuantityPerUnit = 0 }], "A million-token is"),
                ([TokensAndCalls[0] with { Unit = " " }], "terms"),
            }
        )
            Assert.Contains(
                says,
                (
                    await Assert.ThrowsAnyAsync<ArgumentException>(() =>
                        RegisterAsync(terms with { ContractId = "ctr_x", Meters = meters })
                    )
                ).Message,
                StringComparison.Ordinal
            );
    }
}
