using Marketplace.Billing.Arrears;
using Marketplace.Billing.Contracts;
using Marketplace.Platform.Outcomes;
using Marketplace.Platform.Pages;
using Marketplace.Platform.Parties;
using Marketplace.Testing;
using static Marketplace.Billing.Tests.BillingHouse;

namespace Marketplace.Billing.Tests;

/// <summary>From an open invoice over its due date to each step and back; who sees it, and who may give time.</summary>
public sealed class ArrearsTests(PostgresFixture db) : IClassFixture<PostgresFixture>
{
    private const decimal Due = 11.9m;

    [Fact]
    public async Task An_invoice_past_due_goes_through_every_step_and_a_job_that_runs_twice_takes_none_twice()
    {
        await using var house = Over(db);
        var terms = await OwingAsync(house);
        house.Time.Advance(TimeSpan.FromDays(14) - TimeSpan.FromSeconds(1));
        await AdvanceAsync(house, terms, ArrearsState.Current);
        house.Time.Advance(TimeSpan.FromSeconds(1));
        await AdvanceAsync(house, terms, ArrearsState.Grace);
        await AdvanceAsync(house, terms, ArrearsState.Grace);
        var view = Assert.Single(await MineAsync(house, terms.CustomerId));
        Assert.Equal((Due, 1, house.Now, ArrearsState.Suspended), (view.Owed.Amount, view.Invoices, view.Since, view.Next));
        Assert.Equal(house.Now.AddDays(7), view.NextAt);
        var refusal = await RefusalAsync(house, terms.CustomerId);
        Assert.Equal((ProblemKind.PaymentRequired, "in-arrears"), (refusal!.Kind, refusal.Code));
        Assert.Contains("11.90 CNY", refusal.Detail, StringComparison.Ordinal);

        // The job was away for two months: everybody still has the whole time of each step.
        house.Time.Advance(TimeSpan.FromDays(60));
        await AdvanceAsync(house, terms, ArrearsState.Suspended);
        await AdvanceAsync(house, terms, ArrearsState.Suspended);
        house.Time.Advance(TimeSpan.FromDays(14));
        await AdvanceAsync(house, terms, ArrearsState.Ended);
        await AdvanceAsync(house, terms, ArrearsState.Ended);
        Assert.Equal(
            ["Current>Grace", "Grace>Suspended", "Suspended>Ended"],
            (await MessagesAsync(house, terms.CustomerId)).Select(m => m)
        );

        // Who pays after the end may order again.
        await house.TopUpAsync(terms.CustomerId, Due);
        await AdvanceAsync(house, terms, ArrearsState.Current);
        Assert.Null(await RefusalAsync(house, terms.CustomerId));
        Assert.Empty(await MineAsync(house, terms.CustomerId));
        Assert.Equal(
            4L,
            await house.AsApplicationAsync(
                $"select count(*) from platform.audit_event where target_id = '{terms.CustomerId}' and action like 'arrears.%'"
            )
        );
    }

    [Fact]
    public async Task A_payment_brings_back_and_a_later_debt_begins_anew()
    {
        await using var house = Over(db);
        var terms = await OwingAsync(house);
        house.Time.Advance(TimeSpan.FromDays(14));
        await AdvanceAsync(house, terms, ArrearsState.Grace);
        // A part is not enough.
        await house.TopUpAsync(terms.CustomerId, 1);
        house.Time.Advance(TimeSpan.FromDays(7));
        await AdvanceAsync(house, terms, ArrearsState.Suspended);
        Assert.Equal(Due - 1, Assert.Single(await MineAsync(house, terms.CustomerId)).Owed.Amount);
        await house.TopUpAsync(terms.CustomerId, Due - 1);
        await AdvanceAsync(house, terms, ArrearsState.Current);
    }

    [Fact]
    public async Task Prepaid_customers_owe_nothing_and_are_never_past_due()
    {
        await using var house = Over(db);
        var terms = await house.ContractAsync(hold: 100);
        await house.RecordAsync(house.Reading(terms, 1, 1, final: true));
        await EndAsync(house, terms);
        house.Time.Advance(TimeSpan.FromDays(400));
        await AdvanceAsync(house, terms, ArrearsState.Current);
        Assert.Equal(0L, await house.AsApplicationAsync($"select count(*) from billing.arrears where party_id = '{terms.CustomerId}'"));
    }

    [Fact]
    public async Task More_charged_without_cover_than_is_lent_is_arrears_until_there_is_credit()
    {
        await using var house = Over(db, null, ("UnsecuredLimit", "10"));
        var terms = await house.ContractAsync(hold: 0);
        await house.RecordAsync(house.Reading(terms, 0.5m, 1));
        await AdvanceAsync(house, terms, ArrearsState.Current);
        await house.RecordAsync(house.Reading(terms, 1, 2));
        await AdvanceAsync(house, terms, ArrearsState.Grace);
        var view = Assert.Single(await MineAsync(house, terms.CustomerId));
        Assert.Equal((0m, Due, (DateTimeOffset?)null), (view.Overdue.Amount, view.Unsecured.Amount, view.Since));
        await house.TopUpAsync(terms.CustomerId, 5);
        await AdvanceAsync(house, terms, ArrearsState.Current);
    }

    [Fact]
    public async Task The_desk_gives_time_once_with_a_reason_and_only_while_a_step_is_ahead()
    {
        await using var house = Over(db);
        var terms = await OwingAsync(house);
        house.Time.Advance(TimeSpan.FromDays(14));
        await AdvanceAsync(house, terms, ArrearsState.Grace);
        string id = Assert.Single(await MineAsync(house, terms.CustomerId)).Id;
        DateTimeOffset until = house.Now.AddDays(30);
        Assert.Equal("/reason", Refused(await GiveAsync(house, Desk, id, until, " ")).Errors[0].Pointer);
        Assert.Equal("/until", Refused(await GiveAsync(house, Desk, id, house.Now.AddDays(7), "early")).Errors[0].Pointer);
        Assert.Equal("/until", Refused(await GiveAsync(house, Desk, id, house.Now.AddDays(91), "late")).Errors[0].Pointer);
        Assert.Equal(ProblemKind.Forbidden, Refused(await GiveAsync(house, Customer(terms.CustomerId), id, until, "me")).Kind);
        Assert.Equal(ProblemKind.NotFound, Refused(await GiveAsync(house, Desk, "arr_none", until, "who")).Kind);
        Assert.Equal(until, Ok(await GiveAsync(house, Desk, id, until, "Cheque is in the post")).NextAt);
        Assert.Equal(until, Ok(await GiveAsync(house, Desk, id, until, "Cheque is in the post")).NextAt);
        Assert.Equal(
            1L,
            await house.AsApplicationAsync(
                $"select count(*) from platform.audit_event where target_id = '{terms.CustomerId}' and action = 'arrears.time-given'"
            )
        );
        house.Time.Advance(TimeSpan.FromDays(30) - TimeSpan.FromSeconds(1));
        await AdvanceAsync(house, terms, ArrearsState.Grace);
        house.Time.Advance(TimeSpan.FromSeconds(1));
        await AdvanceAsync(house, terms, ArrearsState.Suspended);
        house.Time.Advance(TimeSpan.FromDays(14));
        await AdvanceAsync(house, terms, ArrearsState.Ended);
        Assert.Equal("no-step-ahead", Refused(await GiveAsync(house, Desk, id, house.Now.AddDays(1), "too late")).Code);
    }

    [Fact]
    public async Task A_customer_sees_its_own_debt_and_nobody_elses()
    {
        await using var house = Over(db);
        var terms = await OwingAsync(house);
        house.Time.Advance(TimeSpan.FromDays(14));
        await AdvanceAsync(house, terms, ArrearsState.Grace);
        Assert.Single(Ok(await ListAsync(house, Customer(terms.CustomerId))).Items);
        Assert.Contains(Ok(await ListAsync(house, Desk)).Items, a => a.PartyId == terms.CustomerId);
        var stranger = house.NewParty();
        foreach (var who in new[] { Customer(stranger), Center(terms.CenterId), Operator(terms.OperatorId) })
        {
            Assert.Empty(Ok(await ListAsync(house, who)).Items);
            Assert.Empty(await house.ActAsync<IArrears, IReadOnlyList<ArrearsView>>(who, a => a.MineAsync(default)));
            Assert.Null(await house.ActAsync<IArrears, Problem?>(who, a => a.RefusalAsync(terms.CustomerId, Cny, default)));
        }
        // Who may not read money learns that something is past due, and not how much.
        var viewer = new Actor(terms.CustomerId, PartyKinds.Customer, MemberRole.Viewer);
        Assert.Equal(ProblemKind.Forbidden, Refused(await ListAsync(house, viewer)).Kind);
        var seen = Assert.Single(await house.ActAsync<IArrears, IReadOnlyList<ArrearsView>>(viewer, a => a.MineAsync(default)));
        Assert.True(seen.Owed.IsZero);
        await Assert.ThrowsAsync<InvalidOperationException>(() =>
            house.ActAsync<IArrears, ArrearsState>(Desk, a => a.StateAsync(terms.CustomerId, Cny, default))
        );
        await Assert.ThrowsAsync<InvalidOperationException>(() =>
            house.ActAsync<IArrears, IReadOnlyList<ArrearsStanding>>(Customer(stranger), a => a.StandingsAsync(default))
        );
    }

    /// <summary>A customer whose one card-hour ran without cover: 11.90 on a final invoice, issued now.</summary>
    private static async Task<ContractTerms> OwingAsync(BillingHouse house)
    {
        var terms = await house.ContractAsync(hold: 0);
        await house.RecordAsync(house.Reading(terms, 1, 1, final: true));
        await EndAsync(house, terms);
        return terms;
    }

    private static async Task EndAsync(BillingHouse house, ContractTerms terms)
    {
        await house.RatingAsync(Actor.System, r => r.SettleAsync(terms.ContractId, default));
        Ok(await house.InvoicesAsync(Actor.System, i => i.InvoiceContractAsync(terms.ContractId, default)));
    }

    private static async Task AdvanceAsync(BillingHouse house, ContractTerms terms, ArrearsState expected)
    {
        await house.ActAsync<AdvanceArrears, int>(Actor.System, a => a.RunAsync(default));
        Assert.Equal(
            expected,
            await house.ActAsync<IArrears, ArrearsState>(Actor.System, a => a.StateAsync(terms.CustomerId, Cny, default))
        );
    }

    private static Task<IReadOnlyList<ArrearsView>> MineAsync(BillingHouse house, string customer) =>
        house.ActAsync<IArrears, IReadOnlyList<ArrearsView>>(Customer(customer), a => a.MineAsync(default));

    private static Task<Problem?> RefusalAsync(BillingHouse house, string customer) =>
        house.ActAsync<IArrears, Problem?>(Customer(customer), a => a.RefusalAsync(customer, Cny, default));

    private static Task<Outcome<Page<ArrearsView>>> ListAsync(BillingHouse house, Actor who) =>
        house.ActAsync<IArrears, Outcome<Page<ArrearsView>>>(who, a => a.ListAsync(new ArrearsQuery { Open = true }, default));

    private static Task<Outcome<ArrearsView>> GiveAsync(BillingHouse house, Actor who, string id, DateTimeOffset until, string reason) =>
        house.ActAsync<IArrears, Outcome<ArrearsView>>(who, a => a.GiveTimeAsync(id, new GiveTimeRequest(until, reason), default));

    private static async Task<string[]> MessagesAsync(BillingHouse house, string customer) =>
        (string[])
            (
                await house.AsApplicationAsync(
                    $"""
                    select array(
                        select (payload->>'from') || '>' || (payload->>'to') from platform.outbox_message
                        where type = 'billing.arrears-changed.v1' and key = 'arrears:{customer}' order by id)
                    """
                )
            )!;
}
