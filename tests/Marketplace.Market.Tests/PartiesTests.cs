using Marketplace.Market.Contracts;
using Marketplace.Market.Domain;
using Marketplace.Platform.Outcomes;
using Marketplace.Platform.Pages;
using Marketplace.Platform.Parties;
using Marketplace.Testing;
using Npgsql;

namespace Marketplace.Market.Tests;

public sealed class PartiesTests(PostgresFixture db) : IClassFixture<PostgresFixture>
{
    [Theory]
    [InlineData("", PartyKinds.Customer, "CN", "CNY", "/name")]
    [InlineData("Fine", PartyKinds.None, "CN", "CNY", "/kinds")]
    [InlineData("Fine", PartyKinds.Customer, "China", "CNY", "/country")]
    [InlineData("Fine", PartyKinds.Customer, "CN", "XYZ", "/currency")]
    public async Task A_wrong_field_is_named_with_its_fix(string name, PartyKinds kinds, string country, string currency, string pointer)
    {
        await using var world = new World(db);
        var outcome = await Register(world, new RegisterParty(name, kinds, country, currency));
        FieldError error = Assert.Single(outcome.Problem!.Errors);
        Assert.Equal(pointer, error.Pointer);
        Assert.NotEmpty(error.Fix);
    }

    [Fact]
    public async Task A_party_waits_for_the_network_desk_and_learns_why_it_was_declined()
    {
        await using var world = new World(db);
        PartyView party = (await Register(world, new RegisterParty("North Lake Compute", PartyKinds.Center, "CN", "CNY"))).Value;
        Assert.Equal((PartyState.Pending, "NL"), (party.State, party.Badge));
        var actor = new Actor(party.Id, PartyKinds.Center, MemberRole.Owner);
        Assert.Equal(ProblemKind.Forbidden, (await Decide(world, actor, party.Id, PartyState.Approved, "")).Problem!.Kind);
        Assert.Equal("/reason", (await Decide(world, World.Desk, party.Id, PartyState.Declined, " ")).Problem!.Errors[0].Pointer);
        Assert.True((await Decide(world, World.Desk, party.Id, PartyState.Declined, "No business licence.")).IsOk);
        Assert.Equal("No business licence.", (await world.As<IParties, PartyView?>(actor, p => p.FindAsync(party.Id, default)))!.Reason);
        var stranger = new Actor("org_else", PartyKinds.Customer, MemberRole.Owner);
        Assert.Null((await world.As<IParties, PartyView?>(stranger, p => p.FindAsync(party.Id, default)))!.Reason);
    }

    [Fact]
    public async Task Every_forbidden_decision_is_a_conflict_and_changes_nothing()
    {
        await using var world = new World(db);
        foreach (var (from, to) in StateTables.Party.Forbidden())
        {
            string id = (await Register(world, new RegisterParty("Some Party", PartyKinds.Operator, "DE", "EUR"))).Value.Id;
            foreach (PartyState step in WayTo(from))
                await Decide(world, World.Desk, id, step, "because");
            Assert.Equal("illegal-transition", (await Decide(world, World.Desk, id, to, "because")).Problem!.Code);
            Assert.Equal(from, (await world.As<IParties, PartyView?>(World.Desk, p => p.FindAsync(id, default)))!.State);
        }
    }

    [Fact]
    public async Task Nobody_registers_a_network_desk_and_customers_can_be_approved_at_once()
    {
        await using var world = new World(db, new() { ["Market:ApproveCustomersAtOnce"] = "true" });
        var person = new Actor("org_else", PartyKinds.Customer, MemberRole.Owner);
        var wish = new RegisterParty("Desk", PartyKinds.Platform | PartyKinds.Customer, "CN", "CNY");
        Assert.Equal(
            ProblemKind.Forbidden,
            (await world.As<IParties, Outcome<PartyView>>(person, p => p.RegisterAsync(wish, default))).Problem!.Kind
        );
        Assert.Equal(PartyState.Approved, (await Register(world, wish with { Kinds = PartyKinds.Customer })).Value.State);
        Assert.Equal(
            PartyState.Pending,
            (await Register(world, wish with { Kinds = PartyKinds.Customer | PartyKinds.Center })).Value.State
        );
    }

    [Fact]
    public async Task Only_the_desk_lists_parties_filtered_sorted_and_paged()
    {
        await using var world = new World(db);
        foreach (string name in new[] { "Zeta List", "Alpha List", "Mid_List" })
            await world.Party(PartyKinds.Operator, name);
        var customer = new Actor("org_else", PartyKinds.Customer, MemberRole.Owner);
        Assert.Equal(ProblemKind.Forbidden, (await List(world, customer, new PartyQuery())).Problem!.Kind);
        var query = new PartyQuery
        {
            Search = "list",
            Sort = "name",
            Limit = 2,
            Kind = PartyKinds.Operator,
        };
        Page<PartyView> first = (await List(world, World.Desk, query)).Value;
        Assert.Equal(3L, first.Total);
        Assert.Equal(["Alpha List", "Mid_List"], first.Items.Select(p => p.Name));
        Page<PartyView> second = (await List(world, World.Desk, query with { Cursor = first.NextCursor })).Value;
        Assert.Equal(["Zeta List"], second.Items.Select(p => p.Name));
        Assert.Null(second.NextCursor);
        // An underscore is a letter here, not a wildcard.
        Assert.Single((await List(world, World.Desk, query with { Search = "mid_", Limit = 50 })).Value.Items);
        Assert.Empty((await List(world, World.Desk, query with { Search = "a_pha" })).Value.Items);
    }

    [Fact]
    public async Task Registering_and_deciding_tell_others_in_the_same_commit()
    {
        await using var world = new World(db);
        Actor party = await world.Party(PartyKinds.Center);
        await using var command = db.DataSource.CreateCommand("select type from platform.outbox_message where key = @id order by id");
        command.Parameters.AddWithValue("id", party.PartyId);
        List<string> types = [];
        await using NpgsqlDataReader reader = await command.ExecuteReaderAsync();
        while (await reader.ReadAsync())
            types.Add(reader.GetString(0));
        Assert.Equal(["market.party-registered.v1", "market.party-decided.v1"], types);
    }

    [Theory]
    [InlineData("North Lake", "NL")]
    [InlineData("acme", "AC")]
    [InlineData("北湖算力", "北湖")]
    [InlineData("X", "X")]
    [InlineData("4 Winds", "4W")]
    public void Badges(string name, string badge) => Assert.Equal(badge, MarketParty.BadgeOf(name));

    private static PartyState[] WayTo(PartyState state) =>
        state switch
        {
            PartyState.Pending => [],
            PartyState.Approved => [PartyState.Approved],
            PartyState.Declined => [PartyState.Declined],
            _ => [PartyState.Approved, PartyState.Suspended],
        };

    private static Task<Outcome<PartyView>> Register(World world, RegisterParty request) =>
        world.As<IParties, Outcome<PartyView>>(Actor.System, p => p.RegisterAsync(request, default));

    private static Task<Outcome<PartyView>> Decide(World world, Actor actor, string id, PartyState to, string reason) =>
        world.As<IParties, Outcome<PartyView>>(actor, p => p.DecideAsync(id, to, reason, default));

    private static Task<Outcome<Page<PartyView>>> List(World world, Actor actor, PartyQuery query) =>
        world.As<IParties, Outcome<Page<PartyView>>>(actor, p => p.ListAsync(query, default));
}
