using Marketplace.Platform.Data;
using Marketplace.Platform.Parties;
using Marketplace.Testing;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace Marketplace.Market.Tests;

public sealed class ModuleTests(PostgresFixture db) : IClassFixture<PostgresFixture>
{
    [Fact]
    public async Task Every_row_of_the_market_belongs_to_a_party_but_the_parties_themselves()
    {
        await using var world = new World(db);
        await using var scope = world.Services.CreateAsyncScope();
        scope.ServiceProvider.GetRequiredService<ActorContext>().Become(Actor.System);
        var types = scope
            .ServiceProvider.GetRequiredService<MarketplaceDbContext>()
            .Model.GetEntityTypes()
            .Where(t => t.GetSchema() == "market")
            .ToList();
        Assert.Equal(10, types.Count);
        var global = types.Where(t =>
            !typeof(IPartyOwned).IsAssignableFrom(t.ClrType) && !typeof(ITradeShared).IsAssignableFrom(t.ClrType)
        );
        Assert.Equal(["MarketParty"], global.Select(t => t.ClrType.Name));
    }

    [Fact]
    public async Task The_tables_are_what_the_model_maps()
    {
        await using var world = new World(db);
        await using var scope = world.Services.CreateAsyncScope();
        scope.ServiceProvider.GetRequiredService<ActorContext>().Become(Actor.System);
        Assert.Empty(await SchemaDrift.FindAsync(scope.ServiceProvider.GetRequiredService<MarketplaceDbContext>(), db.DataSource));
    }

    [Theory]
    [InlineData("Market:CommissionRate", "1", "Market:CommissionRate is 1")]
    [InlineData("Market:DefaultTaxRate", "-0.1", "Market:DefaultTaxRate")]
    [InlineData("Market:TaxRates:Germany", "0.19", "Market:TaxRates:Germany")]
    [InlineData("Market:RoundTripMs:cn-north-1", "30", "Market:RoundTripMs:cn-north-1")]
    [InlineData("Market:RoundTripMs:cn-north-1/cn-east-1", "1e9", "Market:RoundTripMs:cn-north-1/cn-east-1")]
    [InlineData("Market:EgressPerGib:a:Price", "1", "Market:EgressPerGib:a is not a pair")]
    [InlineData("Market:EgressPerGib:a/a:Price", "1", "Market:EgressPerGib:a/a is not a pair")]
    [InlineData("Market:EgressPerGib:a/b:Price", "-1", "Market:EgressPerGib:a/b:Price is -1")]
    [InlineData("Market:EgressPerGib:a/b:Currency", "DOGE", "Market:EgressPerGib:a/b:Currency is 'DOGE'")]
    public async Task A_bad_option_stops_the_start_and_names_its_key(string key, string value, string message)
    {
        await using var world = new World(db, new() { [key] = value });
        var error = Assert.Throws<OptionsValidationException>(() => world.Services.GetRequiredService<IOptions<MarketOptions>>().Value);
        Assert.Contains(message, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Two_regions_have_one_round_trip_in_both_directions()
    {
        await using var world = new World(db, new() { ["Market:RoundTripMs:a/b"] = "30", ["Market:RoundTripMs:b/a"] = "31" });
        var error = Assert.Throws<OptionsValidationException>(() => world.Services.GetRequiredService<IOptions<MarketOptions>>().Value);
        Assert.Contains("State each pair once", error.Message, StringComparison.Ordinal);
        await using var same = new World(db, new() { ["Market:RoundTripMs:a/b"] = "30", ["Market:RoundTripMs:b/a"] = "30" });
        Assert.Equal(2, same.Services.GetRequiredService<IOptions<MarketOptions>>().Value.RoundTripMs.Count);
    }
}
