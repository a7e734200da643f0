using Marketplace.Market.Contracts;
using Marketplace.Migrations;
using Marketplace.Platform.Outcomes;
using Marketplace.Platform.Parties;
using Marketplace.Platform.Postgres;
using Marketplace.Testing;
using Marketplace.Web.Hosting;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;

namespace Marketplace.E2E.Hosting;

/// <summary>
/// The product's own composition, web and workers, over a PostgreSQL database of its own and a port of its own, without the demo network and
/// without simulated clusters.
/// </summary>
internal sealed class RunningMarket : IAsyncDisposable
{
    private readonly TestDatabase database;
    private readonly MarketplaceDatabase opened;
    private readonly WebApplication app;
    private readonly ErrorLog errors;
    private readonly List<PartyApi> parties = [];

    private RunningMarket(TestDatabase database, MarketplaceDatabase opened, WebApplication app, ErrorLog errors)
    {
        (this.database, this.opened, this.app, this.errors) = (database, opened, app, errors);
        Database = NpgsqlDataSource.Create(database.OwnerConnectionString);
    }

    /// <summary>The owner's view of the database, for sums that no module makes.</summary>
    public NpgsqlDataSource Database { get; }

    public IServiceProvider Services => app.Services;

    /// <summary>Everything any part of the product logged as an error.</summary>
    public IReadOnlyCollection<string> Errors => errors.Lines;

    public static async Task<RunningMarket> StartAsync(params IEnumerable<KeyValuePair<string, string?>> settings)
    {
        var own = await TestPostgres.CreateMigratedAsync();
        var log = new ErrorLog();
        var builder = WebApplication.CreateBuilder(
            // Build output serves its assets only in Development.
            new WebApplicationOptions { EnvironmentName = "Development", ApplicationName = "Marketplace.Web" }
        );
        builder.Configuration.AddInMemoryCollection([
            // One program asks in a minute what people ask in a day.
            new("Api:RequestsPerMinute", "1000000"),
            new("Api:Burst", "1000000"),
            new("Billing:BankTransfer:BookAtOnce", "true"),
            new("Identity:MasterKey", Convert.ToBase64String(new byte[32])),
            .. settings,
        ]);
        builder.Logging.ClearProviders().AddProvider(log);
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        var postgres = await MarketplaceDatabase.OpenAsync(
            new PostgresOptions { ConnectionString = own.ConnectionString, MigrationConnectionString = own.OwnerConnectionString },
            NullLoggerFactory.Instance,
            CancellationToken.None
        );
        builder.AddMarketplace(
            new HostSettings(HostRoles.Web | HostRoles.Worker, "127.0.0.1", 8080, Demo: false, Path.GetTempPath()),
            postgres
        );
        var host = builder.Build();
        host.UseMarketplace();
        await host.StartAsync();
        return new RunningMarket(own, postgres, host, log);
    }

    private IServiceScopeFactory Scopes => Services.GetRequiredService<IServiceScopeFactory>();

    /// <summary>An organisation that has signed up, with an API key. Except for the network desk, somebody still has to approve it.</summary>
    public async Task<PartyApi> SignUpAsync(string name, PartyKinds kinds, string country)
    {
        var party = Value(
            await Scopes.ActAsync<IParties, Outcome<PartyView>>(
                Actor.System,
                p => p.RegisterAsync(new RegisterParty(name, kinds, country, Inputs.PublicPrices.Currency), default)
            )
        );
        var owner = new Actor(party.Id, party.Kinds, MemberRole.Owner) { Name = name };
        var api = new PartyApi(party.Id, new Uri(app.Urls.First()), await Backstage.SecretAsync(Scopes, owner));
        parties.Add(api);
        return api;
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var party in parties)
            party.Dispose();
        await app.StopAsync();
        await app.DisposeAsync();
        await opened.DisposeAsync();
        await Database.DisposeAsync();
        await database.DisposeAsync();
    }

    private static T Value<T>(Outcome<T> outcome)
    {
        Assert.True(outcome.IsOk, outcome.Problem?.Detail);
        return outcome.Value;
    }
}
