using System.Security.Cryptography;
using Marketplace.Migrations;
using Marketplace.Platform.Parties;
using Marketplace.Platform.Postgres;
using Marketplace.Testing;
using Marketplace.Web.Demo;
using Marketplace.Web.Hosting;
using Marketplace.Web.Identity.Keys;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.TestHost;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace Marketplace.Web.Tests.Hosting;

/// <summary>The demo network as <c>./run</c> starts it: simulated clusters, seed and workers, on the real clock.</summary>
public sealed class DemoHost : IAsyncLifetime
{
    // Many times what it takes on a busy machine: it only ends a start that hangs.
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(3);
    private readonly PostgresFixture database = new();
    private readonly string folder = Directory.CreateTempSubdirectory("demo").FullName;
    private WebApplication? app;
    private MarketplaceDatabase? opened;

    internal ErrorLog Errors { get; } = new();

    public async Task InitializeAsync()
    {
        await database.InitializeAsync();
        var builder = WebApplication.CreateBuilder(
            new WebApplicationOptions { EnvironmentName = "Development", ApplicationName = "Marketplace.Web" }
        );
        builder.Configuration.AddInMemoryCollection([new(MasterKey.Setting, Convert.ToBase64String(RandomNumberGenerator.GetBytes(32)))]);
        builder.WebHost.UseTestServer();
        builder.Logging.ClearProviders().AddProvider(Errors);
        opened = await MarketplaceDatabase.OpenAsync(
            new PostgresOptions
            {
                ConnectionString = database.ConnectionString,
                MigrationConnectionString = database.Database.OwnerConnectionString,
            },
            NullLoggerFactory.Instance,
            CancellationToken.None
        );
        builder.AddMarketplace(new HostSettings(HostRoles.Web | HostRoles.Worker, "127.0.0.1", 8080, Demo: true, folder), opened);
        app = builder.Build();
        app.UseMarketplace();
        await app.StartAsync();
        await app.Services.GetRequiredService<DemoProgress>().Ready.WaitAsync(Patience);
    }

    public async Task DisposeAsync()
    {
        if (app is not null)
        {
            await app.StopAsync();
            await app.DisposeAsync();
        }
        if (opened is not null)
            await opened.DisposeAsync();
        await database.DisposeAsync();
        Directory.Delete(folder, recursive: true);
    }

    public Task<TResult> ActAsync<TService, TResult>(Actor actor, Func<TService, Task<TResult>> action)
        where TService : notnull => app!.Services.GetRequiredService<IServiceScopeFactory>().ActAsync(actor, action);

    /// <summary>The owner of a demo organisation.</summary>
    internal async Task<Actor> OwnerAsync(DemoScript.Party party) =>
        DemoMarket.Owner((await app!.Services.GetRequiredService<DemoMarket>().PartiesAsync(default))[party.Name]);
}
