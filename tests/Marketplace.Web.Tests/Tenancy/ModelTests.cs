using System.Reflection;
using Marketplace.Platform.Data;
using Marketplace.Platform.Parties;
using Marketplace.Testing;
using Marketplace.Web.Tests.Hosting;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Metadata;
using Microsoft.Extensions.DependencyInjection;

namespace Marketplace.Web.Tests.Tenancy;

/// <summary>Walks the EF model: every entity says whose it is, and the filters really hide other parties' rows.</summary>
public sealed class ModelTests(PortalHost host) : IClassFixture<PortalHost>
{
    private async Task<T> WithAsync<T>(Actor actor, Func<MarketplaceDbContext, Task<T>> read)
    {
        await using var scope = host.Services.CreateAsyncScope();
        scope.ServiceProvider.GetRequiredService<ActorContext>().Become(actor);
        return await read(scope.ServiceProvider.GetRequiredService<MarketplaceDbContext>());
    }

    private static Task<int> CountAsync(MarketplaceDbContext db, IEntityType type) =>
        (Task<int>)
            typeof(ModelTests)
                .GetMethod(nameof(CountOfAsync), BindingFlags.NonPublic | BindingFlags.Static)!
                .MakeGenericMethod(type.ClrType)
                .Invoke(null, [db])!;

    private static Task<int> CountOfAsync<T>(MarketplaceDbContext db)
        where T : class => db.Set<T>().CountAsync();

    [Fact]
    public async Task Every_entity_is_party_owned_trade_shared_or_global_with_a_reason()
    {
        var unclear = await WithAsync(
            Actor.System,
            db =>
                Task.FromResult(
                    db.Model.GetEntityTypes()
                        .Where(type => !type.IsOwned())
                        .Where(type =>
                            !typeof(IPartyOwned).IsAssignableFrom(type.ClrType)
                            && !typeof(ITradeShared).IsAssignableFrom(type.ClrType)
                            && string.IsNullOrWhiteSpace(type.ClrType.GetCustomAttribute<GlobalAttribute>()?.Reason)
                        )
                        .Select(type => type.ClrType.Name)
                        .ToList()
                )
        );
        Assert.Empty(unclear);
    }

    [Fact]
    public void An_entity_that_says_nothing_stops_the_model()
    {
        var options = new DbContextOptionsBuilder<MarketplaceDbContext>().UseNpgsql("Host=localhost").Options;
        using var db = new MarketplaceDbContext(options, [new ModelPart(typeof(ModelTests).Assembly)], new ActorContext());
        var error = Assert.Throws<InvalidOperationException>(() => db.Model);
        Assert.Contains(nameof(Nobodys), error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_filters_hide_every_scoped_table_from_other_parties()
    {
        var victim = await host.PartyAsync("Victim", PartyKinds.Customer);
        var other = await host.PartyAsync("Other", PartyKinds.Customer | PartyKinds.Center | PartyKinds.Operator);
        await new PlantedRows(host).PlantAsync(victim.Id);
        var types = await WithAsync(Actor.System, db => Task.FromResult(PlantedRows.ScopedTypes(db)));
        Assert.True(types.Count > 15, $"only {types.Count} scoped entities");
        foreach (var type in types)
        {
            int own = await WithAsync(new Actor(victim.Id, victim.Kinds, MemberRole.Owner), db => CountAsync(db, type));
            int foreign = await WithAsync(new Actor(other.Id, other.Kinds, MemberRole.Owner), db => CountAsync(db, type));
            int all = await WithAsync(Actor.System, db => CountAsync(db, type));
            Assert.True(own == 1 && foreign == 0 && all >= 1, $"{type.ClrType.Name}: own {own}, other party {foreign}, system {all}");
        }
    }

    [Fact]
    public async Task A_query_without_an_actor_fails_loudly()
    {
        await using var scope = host.Services.CreateAsyncScope();
        var db = scope.ServiceProvider.GetRequiredService<MarketplaceDbContext>();
        var type = PlantedRows.ScopedTypes(db)[0];
        var error = await Assert.ThrowsAnyAsync<Exception>(() => CountAsync(db, type));
        Assert.Contains("No actor in this scope", error.GetBaseException().Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_migrated_database_is_what_the_model_says()
    {
        await using var owner = Npgsql.NpgsqlDataSource.Create(host.TestDatabase.OwnerConnectionString);
        var differences = await WithAsync(Actor.System, db => SchemaDrift.FindAsync(db, owner));
        Assert.DoesNotContain(
            differences,
            d => d.StartsWith("identity.", StringComparison.Ordinal) || d.StartsWith("platform.", StringComparison.Ordinal)
        );
    }
}

/// <summary>The counter-example: an entity without an owner.</summary>
public sealed class Nobodys
{
    public int Id { get; init; }
}

public sealed class NobodysConfiguration : IEntityTypeConfiguration<Nobodys>
{
    public void Configure(Microsoft.EntityFrameworkCore.Metadata.Builders.EntityTypeBuilder<Nobodys> builder) =>
        builder.ToTable("nobodys", "test");
}
