using Marketplace.Billing.Contracts;
using Marketplace.Platform.Audit;
using Marketplace.Platform.Outcomes;
using Marketplace.Platform.Pages;
using Marketplace.Platform.Parties;
using Marketplace.Testing;
using static Marketplace.Billing.Tests.BillingHouse;

namespace Marketplace.Billing.Tests.Metering;

/// <summary>Readings that were set aside: the desk releases or dismisses each once, with a reason, and the rows never change.</summary>
public sealed class QuarantineTests(PostgresFixture db) : IClassFixture<PostgresFixture>
{
    private static async Task<Page<QuarantineView>> ListAsync(BillingHouse house, QuarantineQuery query) =>
        Ok(await house.ActAsync<IQuarantine, Outcome<Page<QuarantineView>>>(Desk, q => q.ListAsync(query, default)));

    private static Task<Outcome<QuarantineView>> ReleaseAsync(BillingHouse house, string id, string reason = "checked", Actor? by = null) =>
        house.ActAsync<IQuarantine, Outcome<QuarantineView>>(by ?? Desk, q => q.ReleaseAsync(id, new(reason), default));

    private static Task<Outcome<QuarantineView>> DismissAsync(BillingHouse house, string id, string reason = "noise", Actor? by = null) =>
        house.ActAsync<IQuarantine, Outcome<QuarantineView>>(by ?? Desk, q => q.DismissAsync(id, new(reason), default));

    [Fact]
    public async Task What_fits_by_now_is_released_once_and_charged_once()
    {
        await using var house = Over(db);
        string contract = house.NewId("ctr");
        var early = house.Reading(await house.ContractAsync(hold: 0, retail: 0, wholesale: 0), 1, 1) with { ContractId = contract };
        await house.RecordAsync(early);
        QuarantineView aside = (await ListAsync(house, new() { ContractId = contract })).Items.Single();
        Assert.Equal(("unknown-contract", QuarantineState.Open, early.EventId), (aside.Reason, aside.State, aside.Reading.EventId));
        // It still fits nowhere.
        Problem still = Refused(await ReleaseAsync(house, aside.Id));
        Assert.Equal("still-quarantined", still.Code);
        Assert.Contains("unknown-contract", still.Detail, StringComparison.Ordinal);

        var terms = await house.ContractAsync(hold: 100, with: t => t with { ContractId = contract });
        var both = await Task.WhenAll(ReleaseAsync(house, aside.Id), ReleaseAsync(house, aside.Id));
        Assert.All(both, b => Assert.Equal(QuarantineState.Released, Ok(b).State));
        QuarantineView released = Ok(await ReleaseAsync(house, aside.Id, "again"));
        Assert.Equal(("checked", "accepted"), (released.Outcome!.Reason, released.Outcome.Result));
        Assert.Equal(Money(11.9m), (await house.RatingAsync(Actor.System, r => r.CostAsync(contract, default)))!.Total);
        Assert.Equal(Money(88.1m), (await house.WalletAsync(terms.CustomerId)).Held);
        Assert.Equal("quarantine-decided", Refused(await DismissAsync(house, aside.Id)).Code);
        var trail = Ok(
            await house.ActAsync<AuditDesk, Outcome<Page<AuditEventView>>>(Desk, a => a.ListAsync(new() { TargetId = aside.Id }, default))
        );
        Assert.Equal(("usage-quarantine.released", "checked"), trail.Items.Select(e => (e.Action, e.Detail)).Distinct().Single());
    }

    [Fact]
    public async Task A_dismissed_reading_is_left_out_for_good_and_lists_are_filtered()
    {
        await using var house = Over(db);
        var terms = await house.ContractAsync(hold: 100);
        await house.RecordAsync(house.Reading(terms, 2, 2));
        await house.RecordAsync(house.Reading(terms, 1, 3), house.Reading(terms, 9, 1));
        var mine = new QuarantineQuery { ContractId = terms.ContractId };
        QuarantineView fell = (await ListAsync(house, mine with { Reason = "counter-fell" })).Items.Single();
        Assert.Equal("still-quarantined", Refused(await ReleaseAsync(house, fell.Id)).Code);
        Assert.Equal(QuarantineState.Dismissed, Ok(await DismissAsync(house, fell.Id)).State);
        Assert.Equal("noise", Ok(await DismissAsync(house, fell.Id, "again")).Outcome!.Reason);
        Assert.Equal("quarantine-decided", Refused(await ReleaseAsync(house, fell.Id)).Code);
        Assert.Equal([fell.Id], (await ListAsync(house, mine with { State = QuarantineState.Dismissed })).Items.Select(q => q.Id));
        Assert.Equal("earlier-and-larger", (await ListAsync(house, mine with { State = QuarantineState.Open })).Items.Single().Reason);
        Assert.Empty((await ListAsync(house, mine with { State = QuarantineState.Released })).Items);
        Assert.Equal(2, (await ListAsync(house, new() { Search = terms.ContractId })).Items.Count);
        Assert.Equal("/reason", Refused(await DismissAsync(house, fell.Id, " ")).Errors.Single().Pointer);
        Assert.Equal(ProblemKind.NotFound, Refused(await DismissAsync(house, "qtn_none")).Kind);
        await Assert.ThrowsAsync<Npgsql.PostgresException>(() =>
            house.AsOwnerAsync($"update billing.usage_quarantine_outcome set reason = 'x' where quarantine_id = '{fell.Id}'")
        );
        await Assert.ThrowsAsync<Npgsql.PostgresException>(() =>
            house.AsApplicationAsync($"delete from billing.usage_quarantine_outcome where quarantine_id = '{fell.Id}'")
        );
    }

    [Fact]
    public async Task A_correction_releases_what_contradicted_the_wrong_reading_by_itself()
    {
        await using var house = Over(db);
        var terms = await house.ContractAsync(hold: 100);
        var wrong = house.Reading(terms, 4, 1);
        await house.RecordAsync(wrong);
        await house.RecordAsync(house.Reading(terms, 2, 2));
        await house.RecordAsync(wrong with { EventId = wrong.EventId + "/1", Quantity = 3600, Revision = 1 });
        QuarantineView aside = (await ListAsync(house, new() { ContractId = terms.ContractId })).Items.Single();
        Assert.Equal((QuarantineState.Released, "system"), (aside.State, aside.Outcome!.Actor));
        Assert.Equal(7200m, (await house.RatingAsync(Actor.System, r => r.CostAsync(terms.ContractId, default)))!.CardSeconds);
    }

    [Fact]
    public async Task Only_the_desk_reads_and_decides()
    {
        await using var house = Over(db);
        var terms = await house.ContractAsync(hold: 100);
        await house.RecordAsync(house.Reading(terms, -1, 2));
        string id = (await ListAsync(house, new() { ContractId = terms.ContractId })).Items.Single().Id;
        foreach (var other in new[] { Customer(terms.CustomerId), Center(terms.CenterId), Operator(terms.OperatorId) })
        {
            Assert.Equal(
                ProblemKind.Forbidden,
                Refused(await house.ActAsync<IQuarantine, Outcome<Page<QuarantineView>>>(other, q => q.ListAsync(new(), default))).Kind
            );
            Assert.Equal(
                ProblemKind.Forbidden,
                Refused(await house.ActAsync<IQuarantine, Outcome<QuarantineView>>(other, q => q.FindAsync(id, default))).Kind
            );
            Assert.Equal(ProblemKind.Forbidden, Refused(await ReleaseAsync(house, id, by: other)).Kind);
            Assert.Equal(ProblemKind.Forbidden, Refused(await DismissAsync(house, id, by: other)).Kind);
        }
    }
}
