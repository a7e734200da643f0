using Marketplace.Market.Contracts;
using Marketplace.Market.Domain;
using Marketplace.Platform.Outcomes;
using Marketplace.Platform.Pages;
using Marketplace.Platform.Parties;
using Marketplace.Testing;
using Npgsql;

namespace Marketplace.Market.Tests;

public sealed class BundleTests(PostgresFixture db) : IClassFixture<PostgresFixture>
{
    private static readonly Actor Customer = new("org_customer", PartyKinds.Customer, MemberRole.Owner);

    [Fact]
    public async Task Saving_after_publishing_makes_a_new_draft_and_customers_keep_the_published_version()
    {
        await using var world = new World(db);
        Actor owner = await world.Party(PartyKinds.Operator, "Bundle House");
        BundleView draft = (await Create(world, owner, BundleRecipes.Chat)).Value;
        Assert.Equal((1, BundleState.Draft, "Bundle House"), (draft.Version, draft.State, draft.OperatorName));
        Assert.Null(await Find(world, Customer, draft.Id));
        Assert.Equal((1, "Renamed"), Shape((await Save(world, owner, draft.Id, BundleRecipes.Chat with { Title = "Renamed" })).Value));
        Assert.Equal(BundleState.Published, (await State(world, owner, draft.Id, BundleState.Published)).Value.State);
        BundleView second = (await Save(world, owner, draft.Id, BundleRecipes.Chat with { Title = "Second" })).Value;
        Assert.Equal((2, BundleState.Draft), (second.Version, second.State));
        Assert.Equal((1, "Renamed"), Shape((await Find(world, Customer, draft.Id))!));
        Assert.Equal((2, "Second"), Shape((await Find(world, owner, draft.Id))!));
        await State(world, owner, draft.Id, BundleState.Published);
        Assert.Equal((2, "Second"), Shape((await Find(world, Customer, draft.Id))!));
        Assert.Equal([draft.Id], (await Published(world)).Where(b => b.OperatorId == owner.PartyId).Select(b => b.Id));
        await State(world, owner, draft.Id, BundleState.Withdrawn);
        Assert.Null(await Find(world, Customer, draft.Id));
        Assert.Equal((3, "Third"), Shape((await Save(world, owner, draft.Id, BundleRecipes.Chat with { Title = "Third" })).Value));

        static (int, string) Shape(BundleView bundle) => (bundle.Version, bundle.Title);
    }

    [Fact]
    public async Task The_database_keeps_published_versions_as_they_are()
    {
        await using var world = new World(db);
        Actor owner = await world.Party(PartyKinds.Operator);
        string id = (await Create(world, owner, BundleRecipes.Chat)).Value.Id;
        await using var change = db.DataSource.CreateCommand("update market.bundle_version set title = title || '!' where bundle_id = @id");
        change.Parameters.AddWithValue("id", id);
        Assert.Equal(1, await change.ExecuteNonQueryAsync());
        await State(world, owner, id, BundleState.Published);
        var error = await Assert.ThrowsAsync<PostgresException>(() => change.ExecuteNonQueryAsync());
        Assert.Equal(PostgresErrorCodes.CheckViolation, error.SqlState);
    }

    [Fact]
    public async Task Every_forbidden_step_of_a_bundle_is_a_conflict()
    {
        await using var world = new World(db);
        Actor owner = await world.Party(PartyKinds.Operator);
        foreach (var (from, to) in StateTables.Bundle.Forbidden())
        {
            string id = (await Create(world, owner, BundleRecipes.Chat)).Value.Id;
            if (from != BundleState.Draft)
                await State(world, owner, id, from);
            Assert.Equal("illegal-transition", (await State(world, owner, id, to)).Problem!.Code);
        }
    }

    [Fact]
    public async Task Another_operator_neither_sees_nor_changes_a_draft()
    {
        await using var world = new World(db);
        Actor owner = await world.Party(PartyKinds.Operator);
        Actor other = await world.Party(PartyKinds.Operator);
        string id = (await Create(world, owner, BundleRecipes.Chat)).Value.Id;
        Assert.Null(await Find(world, other, id));
        Assert.Equal(ProblemKind.NotFound, (await Fill(world, other, id, ("model", "small"))).Problem!.Kind);
        Assert.Equal(ProblemKind.NotFound, (await Save(world, other, id, BundleRecipes.Chat)).Problem!.Kind);
        Assert.Equal(ProblemKind.NotFound, (await State(world, other, id, BundleState.Published)).Problem!.Kind);
        Assert.Equal(ProblemKind.Forbidden, (await Create(world, Customer, BundleRecipes.Chat)).Problem!.Kind);
        Assert.Empty((await world.As<IBundles, Page<BundleView>>(other, b => b.ListAsync(new PageQuery(), default))).Items);
        Assert.NotNull(await Find(world, World.Desk, id));
    }

    [Fact]
    public async Task Filling_checks_the_answers_and_returns_a_recipe_without_placeholders()
    {
        await using var world = new World(db);
        Actor owner = await world.Party(PartyKinds.Operator);
        string id = (await Create(world, owner, BundleRecipes.Chat)).Value.Id;
        await State(world, owner, id, BundleState.Published);
        Assert.Equal("/parameters/model", (await Fill(world, Customer, id)).Problem!.Errors[0].Pointer);
        BundleRecipe filled = (await Fill(world, Customer, id, ("model", "small"))).Value;
        Assert.Equal("2", filled.Roles[0].Replicas);
        Assert.DoesNotContain(
            "{{",
            string.Join('\n', filled.Roles[0].Command.Concat(filled.Roles[0].Variants.Select(v => v.Image))),
            StringComparison.Ordinal
        );
    }

    [Fact]
    public async Task A_wrong_recipe_is_not_saved_and_only_an_approved_operator_publishes()
    {
        await using var world = new World(db);
        Actor waiting = await world.Party(PartyKinds.Operator, approved: false);
        Assert.Equal(
            "/recipe/product",
            (await Create(world, waiting, BundleRecipes.With(r => r with { Product = "x" }))).Problem!.Errors[0].Pointer
        );
        string id = (await Create(world, waiting, BundleRecipes.Chat)).Value.Id;
        Assert.Equal("party-not-approved", (await State(world, waiting, id, BundleState.Published)).Problem!.Code);
    }

    private static Task<Outcome<BundleView>> Create(World world, Actor actor, SaveBundle bundle) =>
        world.As<IBundles, Outcome<BundleView>>(actor, b => b.CreateAsync(bundle, default));

    private static Task<Outcome<BundleView>> Save(World world, Actor actor, string id, SaveBundle bundle) =>
        world.As<IBundles, Outcome<BundleView>>(actor, b => b.SaveAsync(id, bundle, default));

    private static Task<Outcome<BundleView>> State(World world, Actor actor, string id, BundleState to) =>
        world.As<IBundles, Outcome<BundleView>>(actor, b => b.ChangeStateAsync(id, to, default));

    private static Task<BundleView?> Find(World world, Actor actor, string id) =>
        world.As<IBundles, BundleView?>(actor, b => b.FindAsync(id, default));

    private static async Task<IReadOnlyList<BundleView>> Published(World world) =>
        (await world.As<IBundles, Page<BundleView>>(Customer, b => b.PublishedAsync(new PageQuery { Limit = 500 }, default))).Items;

    private static Task<Outcome<BundleRecipe>> Fill(World world, Actor actor, string id, params (string, string)[] answers) =>
        world.As<IBundles, Outcome<BundleRecipe>>(actor, b => b.FillAsync(id, BundleRecipes.Answers(answers), default));
}
