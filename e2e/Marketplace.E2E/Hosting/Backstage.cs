using Marketplace.Market.Contracts;
using Marketplace.Migrations;
using Marketplace.Platform.Outcomes;
using Marketplace.Platform.Pages;
using Marketplace.Platform.Parties;
using Marketplace.Platform.Postgres;
using Marketplace.Web.Hosting;
using Marketplace.Web.Identity.Credentials;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace Marketplace.E2E.Hosting;

/// <summary>The product's services over the database of a marketplace that runs as another process; nothing of it is started.</summary>
internal sealed class Backstage : IAsyncDisposable
{
    private readonly MarketplaceDatabase database;
    private readonly WebApplication app;

    private Backstage(MarketplaceDatabase database, WebApplication app) => (this.database, this.app) = (database, app);

    public IServiceProvider Services => app.Services;

    /// <param name="dataFolder">Where that process keeps its private PostgreSQL.</param>
    public static async Task<Backstage> EnterAsync(string dataFolder)
    {
        var opened = await MarketplaceDatabase.OpenAsync(
            new PostgresOptions { ConnectionString = Replica.ConnectionString(dataFolder) },
            NullLoggerFactory.Instance,
            CancellationToken.None
        );
        var builder = WebApplication.CreateBuilder(new WebApplicationOptions { ApplicationName = "Marketplace.Web" });
        builder.Configuration.AddInMemoryCollection([
            new("Identity:MasterKey", Convert.ToBase64String(new byte[32])),
            new("Billing:BankTransfer:BookAtOnce", "true"),
        ]);
        builder.Logging.ClearProviders();
        builder.AddMarketplace(new HostSettings(HostRoles.Web, "127.0.0.1", 8080, Demo: false, dataFolder), opened);
        return new Backstage(opened, builder.Build());
    }

    /// <summary>A program of an organisation that is there already.</summary>
    public async Task<PartyApi> ProgramAsync(string name, Uri url)
    {
        var scopes = Services.GetRequiredService<IServiceScopeFactory>();
        var found = await scopes.ActAsync<IParties, Outcome<Page<PartyView>>>(
            Actor.System,
            p => p.ListAsync(new PartyQuery { Search = name }, default)
        );
        Assert.True(found.IsOk, found.Problem?.Detail);
        PartyView party = Assert.Single(found.Value.Items);
        return new PartyApi(party.Id, url, await SecretAsync(scopes, new Actor(party.Id, party.Kinds, MemberRole.Owner) { Name = name }));
    }

    /// <summary>A new API key with every right its owner has.</summary>
    public static async Task<string> SecretAsync(IServiceScopeFactory scopes, Actor owner)
    {
        var created = await scopes.ActAsync<ApiKeys, Outcome<CreatedCredential>>(
            owner,
            k => k.CreateAsync(new CreateCredential("program", Permissions.AllScopes), default)
        );
        Assert.True(created.IsOk, created.Problem?.Detail);
        return created.Value.Secret;
    }

    public async ValueTask DisposeAsync()
    {
        await app.DisposeAsync();
        await database.DisposeAsync();
    }
}
