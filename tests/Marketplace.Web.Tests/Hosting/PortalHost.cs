using System.Security.Cryptography;
using Marketplace.Market.Contracts;
using Marketplace.Migrations;
using Marketplace.Platform.Api;
using Marketplace.Platform.Outcomes;
using Marketplace.Platform.Parties;
using Marketplace.Platform.Postgres;
using Marketplace.Testing;
using Marketplace.Web.Hosting;
using Marketplace.Web.Identity;
using Marketplace.Web.Identity.Credentials;
using Marketplace.Web.Identity.Keys;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Identity;
using Microsoft.AspNetCore.Routing;
using Microsoft.AspNetCore.TestHost;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;

namespace Marketplace.Web.Tests.Hosting;

/// <summary>
/// The whole web host over a database of its own, with a clock that only the test moves and no background work. One per test class.
/// </summary>
public class PortalHost : IAsyncLifetime, IAsyncDisposable
{
    private readonly PostgresFixture database = new();
    private WebApplication? app;
    private MarketplaceDatabase? opened;

    public ManualTimeProvider Time { get; } = new();

    /// <summary>What the host logged as an error.</summary>
    internal ErrorLog Errors { get; } = new();

    public NpgsqlDataSource Database => database.DataSource;

    public TestDatabase TestDatabase => database.Database;

    public IServiceProvider Services => (app ?? throw new InvalidOperationException("xunit has not initialised this fixture.")).Services;

    public IReadOnlyList<Microsoft.AspNetCore.Http.Endpoint> Endpoints =>
        [.. ((IEndpointRouteBuilder)app!).DataSources.SelectMany(source => source.Endpoints)];

    /// <summary>Settings on top of the tests' own.</summary>
    protected virtual IEnumerable<KeyValuePair<string, string?>> Settings => [];

    /// <summary>Further endpoints of the API, for tests of the conventions.</summary>
    protected virtual void MapMore(IEndpointRouteBuilder api) { }

    /// <summary>Services in place of the product's, for tests that play a cluster.</summary>
    protected virtual void AddMore(IServiceCollection services) { }

    public async Task InitializeAsync()
    {
        await database.InitializeAsync();
        var builder = WebApplication.CreateBuilder(
            new WebApplicationOptions { EnvironmentName = "Development", ApplicationName = "Marketplace.Web" }
        );
        builder.Configuration.AddInMemoryCollection([
            new("Identity:AnonymousAttemptsPerMinute", "100000"),
            new("Api:RequestsPerMinute", "1000000"),
            new("Api:Burst", "1000000"),
            new(MasterKey.Setting, Convert.ToBase64String(RandomNumberGenerator.GetBytes(32))),
        ]);
        builder.Configuration.AddInMemoryCollection([new("Billing:BankTransfer:BookAtOnce", "true")]);
        builder.Configuration.AddInMemoryCollection(Settings);
        builder.WebHost.UseTestServer();
        // Scopes are checked; that every room is complete is the host's own matter.
        builder.Host.UseDefaultServiceProvider(options => (options.ValidateScopes, options.ValidateOnBuild) = (true, false));
        builder.Logging.ClearProviders().AddProvider(Errors);
        builder.Services.AddSingleton<TimeProvider>(Time);
        opened = await MarketplaceDatabase.OpenAsync(
            new PostgresOptions
            {
                ConnectionString = database.ConnectionString,
                MigrationConnectionString = database.Database.OwnerConnectionString,
            },
            NullLoggerFactory.Instance,
            CancellationToken.None
        );
        // The product's own composition, so that a room opened tomorrow is tested tomorrow.
        builder.AddMarketplace(new HostSettings(HostRoles.Web, "127.0.0.1", 8080, Demo: false, Path.GetTempPath()), opened);
        // The real number of rounds would make these tests measure PBKDF2.
        builder.Services.Configure<PasswordHasherOptions>(options => options.IterationCount = 1000);
        AddMore(builder.Services);
        app = builder.Build();
        app.UseMarketplace();
        MapMore(app.MapApiGroup());
        await app.StartAsync();
    }

    public async Task DisposeAsync()
    {
        if (app is not null)
            await app.DisposeAsync();
        if (opened is not null)
            await opened.DisposeAsync();
        await database.DisposeAsync();
    }

    // For tests that need a host each.
    async ValueTask IAsyncDisposable.DisposeAsync()
    {
        await DisposeAsync();
        GC.SuppressFinalize(this);
    }

    /// <summary>A browser with cookies of its own.</summary>
    internal Browser Browser() => new(app!.GetTestServer());

    /// <summary>A program that sends this credential; null sends none.</summary>
    public HttpClient Program(string? bearer)
    {
        HttpClient client = app!.GetTestServer().CreateClient();
        if (bearer is not null)
            client.DefaultRequestHeaders.Authorization = new("Bearer", bearer);
        return client;
    }

    public Task<TResult> ActAsync<TService, TResult>(Actor actor, Func<TService, Task<TResult>> action)
        where TService : notnull => Services.GetRequiredService<IServiceScopeFactory>().ActAsync(actor, action);

    /// <summary>A new organisation.</summary>
    public async Task<PartyView> PartyAsync(string name, PartyKinds kinds) =>
        Must(
            await ActAsync<IParties, Outcome<PartyView>>(
                Actor.System,
                parties => parties.RegisterAsync(new RegisterParty(name, kinds, "CN", "CNY"), default)
            )
        );

    /// <summary>A new person in an organisation.</summary>
    public Task<string> PersonAsync(string email, string partyId, MemberRole role = MemberRole.Owner) =>
        ActAsync<IdentitySeed, string>(Actor.System, seed => seed.EnsurePersonAsync(email, "Somebody", Password, partyId, role));

    public const string Password = "four plain words here";

    /// <summary>An API key of an organisation, with the secret.</summary>
    internal async Task<CreatedCredential> KeyAsync(
        PartyView party,
        MemberRole role = MemberRole.Admin,
        IReadOnlyList<string>? scopes = null,
        DateTimeOffset? expires = null
    ) =>
        Must(
            await ActAsync<ApiKeys, Outcome<CreatedCredential>>(
                new Actor(party.Id, party.Kinds, MemberRole.Owner) { Name = "Owner" },
                keys => keys.CreateAsync(new CreateCredential("test", scopes ?? Permissions.AllScopes, expires, role), default)
            )
        );

    public static T Must<T>(Outcome<T> outcome)
    {
        Assert.True(
            outcome.IsOk,
            outcome.Problem?.Detail + string.Join(' ', outcome.Problem?.Errors.Select(e => e.Pointer + " " + e.Message) ?? [])
        );
        return outcome.Value;
    }

    public async Task<T> ScalarAsync<T>(string sql)
    {
        await using var command = Database.CreateCommand(sql);
        return (T)(await command.ExecuteScalarAsync())!;
    }
}
