using Marketplace.Billing.Contracts;
using Marketplace.Platform.Monetary;
using Marketplace.Platform.Outcomes;
using Marketplace.Platform.Parties;
using Marketplace.Testing;
using static Marketplace.Billing.Tests.BillingHouse;
using static Marketplace.Billing.Tests.Plans.PlanVerbs;

namespace Marketplace.Billing.Tests.Plans;

/// <summary>Contracts with a price plan on a real database: lines, holds, invoices, and the books afterwards.</summary>
public sealed class PlanTests(PostgresFixture db) : IClassFixture<PostgresFixture>
{
    private static readonly DayPattern Nights = new("Asia/Shanghai", [new([.. Enum.GetValues<DayOfWeek>()], 22, 6, 0.6m)]);

    [Fact]
    public async Task Pods_of_one_contract_reach_its_tiers_together_and_a_volume_tier_gives_back()
    {
        await using var house = Over(db);
        PricePlan plan = new() { TierMode = TierMode.Volume, Tiers = [new(2, 0.5m)] };
        var terms = await house.ContractAsync(hold: 100, with: t => t with { Plan = plan });
        var first = Assert.Single(await house.RecordAsync(house.Reading(terms, 1.5m, 1.5, "alc_1")));
        Assert.Equal(Money(15 * 1.19m), first.ChargedTotal);
        // Two and a half hours at half the price are less than one and a half at the whole.
        var second = Assert.Single(await house.RecordAsync(house.Reading(terms, 1, 1.6, "alc_2", final: true)));
        Assert.Equal(Money(-2.5m * 1.19m), second.Charged);
        Assert.Equal(Money(12.5m * 1.19m), second.ChargedTotal);
        Assert.Equal(Money(100 - (12.5m * 1.19m)), second.HoldRemaining);
        Assert.False(second.Exhausted);
        // The center is paid for every hour at its price: 2.5 × 8.5.
        Assert.Equal(21_250_000, await house.BalanceAsync($"center.pending:{terms.CenterId}"));
        await ProvenAsync(house, terms);
    }

    [Fact]
    public async Task What_a_volume_tier_gives_back_to_a_customer_who_pays_later_is_owed_less()
    {
        await using var house = Over(db);
        PricePlan plan = new() { TierMode = TierMode.Volume, Tiers = [new(2, 0.5m)] };
        var terms = await house.ContractAsync(hold: 0, with: t => t with { Plan = plan, HoldReference = "" });
        await house.RecordAsync(house.Reading(terms, 1.9m, 1.9));
        await house.RecordAsync(house.Reading(terms, 2, 2, final: true));
        Assert.Equal(11_900_000, await house.BalanceAsync($"unbilled:{terms.CustomerId}"));
        await SettleAsync(house, terms);
        Ok(await house.InvoicesAsync(Actor.System, i => i.InvoiceContractAsync(terms.ContractId, default)));
        Assert.Equal(0, await house.BalanceAsync($"unbilled:{terms.CustomerId}"));
        Assert.Equal(11_900_000, await house.BalanceAsync($"receivable:{terms.CustomerId}"));
    }

    [Fact]
    public async Task Nights_cost_less_and_every_line_says_how_it_was_weighed()
    {
        await using var house = Over(db);
        var terms = await house.ContractAsync(hold: 500, with: t => t with { Plan = new() { Pattern = Nights } });
        // A whole day of one card, reported in odd windows: 16 hours of day, 8 of night.
        foreach (double hour in new[] { 0.75, 3.125, 9.5, 15.25, 24 })
            await house.RecordAsync(house.Reading(terms, (decimal)hour, hour, final: hour == 24));
        var billing = await ProvenAsync(house, terms);
        Assert.Equal(16 + (8 * 0.6m), billing.WeightedCardSeconds / 3600);
        Assert.Equal(Money(208), billing.UsageNet);
        Assert.Equal(
            5L,
            await house.AsOwnerAsync(
                $"select count(*) from billing.rated_line where contract_id = '{terms.ContractId}' and weighted is not null"
            )
        );
    }

    [Fact]
    public async Task A_corrected_night_is_weighed_anew_and_tiers_and_minimum_follow()
    {
        await using var house = Over(db);
        PricePlan plan = new()
        {
            Pattern = Nights,
            Tiers = [new(10, 0.5m)],
            Minimum = new(200, MinimumPeriod.Contract),
        };
        var terms = await house.ContractAsync(hold: 500, with: t => t with { Plan = plan });
        await house.RecordAsync(house.Reading(terms, 3, 3));
        await house.RecordAsync(house.Reading(terms, 24, 24, final: true));
        long before = (await ProvenAsync(house, terms)).UsageNet.Micros;
        // Of the other twenty-one hours only seven ran; whatever was said between.
        await house.RecordAsync(house.Reading(terms, 2, 24, final: true) with { EventId = house.NewId("evt"), Revision = 1 });
        await ProvenAsync(house, terms);
        await house.RecordAsync(house.Reading(terms, 10, 24, final: true) with { EventId = house.NewId("evt"), Revision = 2 });
        var billing = await ProvenAsync(house, terms);
        Assert.True(billing.UsageNet.Micros < before);
        var straight = await house.ContractAsync(hold: 500, with: t => t with { Plan = plan });
        await house.RecordAsync(house.Reading(straight, 3, 3));
        await house.RecordAsync(house.Reading(straight, 10, 24, final: true));
        var truth = await ProvenAsync(house, straight);
        Assert.Equal((truth.WeightedCardSeconds, truth.UsageNet, truth.Tax), (billing.WeightedCardSeconds, billing.UsageNet, billing.Tax));
        house.Time.Advance(TimeSpan.FromDays(1));
        await SettleAsync(house, terms);
        Assert.Equal(Money(200), (await ProvenAsync(house, terms)).Net);
        // Disputed and taken back: the minimum does not ask for it again.
        var opened = Ok(
            await house.ActAsync<IUsageDisputes, Outcome<UsageDisputeView>>(
                Customer(terms.CustomerId),
                d =>
                    d.OpenAsync(
                        terms.ContractId,
                        new(house.Now.AddDays(-1), house.Now.AddDays(2), "It stood still"),
                        house.NewId("key"),
                        default
                    )
            )
        );
        Ok(await house.ActAsync<IUsageDisputes, Outcome<UsageDisputeView>>(Desk, d => d.UpholdAsync(opened.Id, new("Seen"), default)));
        await house.WorkAsync();
        var after = await ProvenAsync(house, terms);
        Assert.Equal((Money(0), Money(200) - truth.UsageNet), (after.UsageNet, after.CommitmentNet));
    }

    [Fact]
    public async Task The_proof_fails_when_what_was_booked_is_not_what_the_price_says()
    {
        await using var house = Over(db);
        var terms = await house.ContractAsync(
            hold: 100,
            with: t =>
                t with
                {
                    Plan = new() { Pattern = Nights, Tiers = [new(1, 0.9m)] },
                }
        );
        await house.RecordAsync(house.Reading(terms, 2, 2));
        Assert.True((await BillingAsync(house, terms)).Proof.Holds);
        await AddQuantityAsync(house, terms, 60);
        var proof = (await BillingAsync(house, terms)).Proof;
        Assert.False(proof.Holds);
        Assert.Equal(1, proof.WrongWeights);
        await AddQuantityAsync(house, terms, -60);
        Assert.True((await BillingAsync(house, terms)).Proof.Holds);
    }

    private static Task<object?> AddQuantityAsync(BillingHouse house, ContractTerms terms, int seconds) =>
        house.AsOwnerAsync(
            $"""
            alter table billing.rated_line disable trigger rated_line_immutable;
            update billing.rated_line set quantity = quantity + {seconds} where contract_id = '{terms.ContractId}';
            alter table billing.rated_line enable trigger rated_line_immutable
            """
        );

    [Fact]
    public async Task What_a_contract_s_minimum_leaves_open_is_charged_at_its_end_once_and_is_a_line_of_its_own()
    {
        await using var house = Over(db);
        PricePlan plan = new() { Minimum = new(50, MinimumPeriod.Contract) };
        var terms = await house.ContractAsync(hold: 100, with: t => t with { Plan = plan });
        await house.RecordAsync(house.Reading(terms, 2, 2, final: true));
        house.Time.Advance(TimeSpan.FromHours(2));
        var ahead = await house.RatingAsync(
            Customer(terms.CustomerId),
            r => r.BillingAsync(terms.ContractId, new UsageAhead(1, house.Now, house.Now.AddHours(1)), default)
        );
        Assert.Equal(Money(50 * 1.19m), ahead!.Expected);
        var cost = await SettleAsync(house, terms);
        Assert.Equal(Money(50), cost.Net);
        Assert.Equal(Money(50), (await SettleAsync(house, terms)).Net);
        var billing = await ProvenAsync(house, terms);
        Assert.Equal((Money(20), Money(30)), (billing.UsageNet, billing.CommitmentNet));
        // Nothing ran for it: the operator's, less the network's commission.
        Assert.Equal(17_000_000, await house.BalanceAsync($"center.pending:{terms.CenterId}"));
        Assert.Equal(50_000_000 - 17_000_000 - 2_500_000, await house.BalanceAsync($"operator.pending:{terms.OperatorId}"));
        // The rest of the hold went back after it.
        Assert.Equal(Money(100 - (50 * 1.19m)), (await house.WalletAsync(terms.CustomerId)).Available);

        var lines = Ok(await house.InvoicesAsync(Actor.System, i => i.InvoiceContractAsync(terms.ContractId, default))).Lines;
        var commitment = Assert.Single(lines, l => l.Unit == "commitment");
        Assert.Equal((1, 30, Money(30)), (commitment.Quantity, commitment.UnitPrice, commitment.Net));

        // Usage that comes late covers part of it: the job gives it back, once.
        await house.RecordAsync(house.Reading(terms, 1, 2.5, "alc_late", final: true));
        await house.WorkAsync();
        await house.WorkAsync();
        billing = await ProvenAsync(house, terms);
        Assert.Equal((Money(30), Money(20)), (billing.UsageNet, billing.CommitmentNet));
    }

    [Fact]
    public async Task A_plan_is_read_back_as_it_was_sold_and_never_changes()
    {
        await using var house = Over(db);
        PricePlan plan = new()
        {
            Tiers = [new(10.50m, 0.9m)],
            Minimum = new(5, MinimumPeriod.Month),
            Pattern = Nights,
        };
        var terms = await house.ContractAsync(hold: 0, with: t => t with { Plan = plan });
        Task<int> Again(ContractTerms other) =>
            house.RatingAsync(
                Actor.System,
                async r =>
                {
                    await r.RegisterAsync(other, default);
                    return 0;
                }
            );
        await Again(terms);
        await Assert.ThrowsAsync<InvalidOperationException>(() => Again(terms with { Plan = plan with { Tiers = [new(10.5m, 0.8m)] } }));
        await Assert.ThrowsAsync<InvalidOperationException>(() => Again(terms with { Plan = null }));
        await Assert.ThrowsAsync<ArgumentException>(() =>
            Again(terms with { ContractId = "ctr_bad", Plan = plan with { Tiers = [new(1, -1)] } })
        );
    }

    [Fact]
    public async Task The_bill_beside_the_price_is_for_those_who_pay_it_and_sell_it()
    {
        await using var house = Over(db);
        var terms = await house.ContractAsync(hold: 100);
        await house.RecordAsync(house.Reading(terms, 1, 1));
        Task<ContractBilling?> As(Actor actor) => house.RatingAsync(actor, r => r.BillingAsync(terms.ContractId, null, default));
        Assert.NotNull(await As(Customer(terms.CustomerId)));
        Assert.NotNull(await As(Operator(terms.OperatorId)));
        Assert.NotNull(await As(Desk));
        Assert.Null(await As(Center(terms.CenterId)));
        Assert.Null(await As(Customer(house.NewParty())));
    }
}
