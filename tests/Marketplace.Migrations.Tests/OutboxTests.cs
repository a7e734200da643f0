using Marketplace.Platform;
using Marketplace.Platform.Data;
using Marketplace.Platform.Outbox;
using Marketplace.Platform.Outcomes;
using Marketplace.Platform.Parties;
using Marketplace.Testing;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;

namespace Marketplace.Migrations.Tests;

/// <summary>Messages reach every handler once, in the order of their key, whatever fails on the way.</summary>
public sealed class OutboxTests : IAsyncLifetime
{
    private static readonly Actor Desk = new("org_desk", PartyKinds.Platform, MemberRole.Admin) { Name = "Ada" };

    // A database for each test: the dispatcher takes whatever message is due.
    private readonly PostgresFixture db = new();
    private readonly Journal journal = new();
    private TestServices services = null!;

    private OutboxDispatcher Dispatcher => DispatcherOf(services);

    private static OutboxDispatcher DispatcherOf(TestServices host) => host.Services.GetRequiredService<OutboxDispatcher>();

    private TestServices Host(NpgsqlDataSource source) =>
        TestServices.Over(
            db,
            s =>
            {
                s.AddSingleton<NpgsqlDataSource>(source);
                s.AddSingleton(journal);
                s.AddScoped<Speaker>();
                s.AddMessageHandler<Said, First>();
                s.AddMessageHandler<Said, Second>();
                s.AddOutboxDispatcher();
            }
        );

    public async Task InitializeAsync()
    {
        await db.InitializeAsync();
        services = Host(db.DataSource);
    }

    public async Task DisposeAsync()
    {
        await services.DisposeAsync();
        await db.DisposeAsync();
    }

    [Fact]
    public async Task Every_handler_gets_a_message_once()
    {
        await SayAsync("hello");
        Assert.True(await Dispatcher.DeliverOneAsync(default));
        Assert.False(await Dispatcher.DeliverOneAsync(default));
        Assert.Equal(["First hello", "Second hello"], journal.Order);
        Assert.NotNull((await OnlyAsync()).DeliveredAt);
    }

    [Fact]
    public async Task A_message_of_a_transaction_that_was_rolled_back_was_never_sent()
    {
        await using var scope = services.Services.CreateAsyncScope();
        scope.ServiceProvider.GetRequiredService<ActorContext>().Become(Actor.System);
        var context = scope.ServiceProvider.GetRequiredService<MarketplaceDbContext>();
        await using (var transaction = await context.Database.BeginTransactionAsync())
        {
            scope.ServiceProvider.GetRequiredService<IOutbox>().Publish(new Said("never"));
            await context.SaveChangesAsync();
            await transaction.RollbackAsync();
        }
        Assert.False(await Dispatcher.DeliverOneAsync(default));
        Assert.Empty(journal.Order);
    }

    [Fact]
    public async Task After_a_failure_only_the_handler_that_failed_runs_again_and_later_each_time()
    {
        journal.Failures = 2;
        await SayAsync("stubborn");
        Assert.True(await Dispatcher.DeliverOneAsync(default));
        Assert.Contains("Second: not yet", (await OnlyAsync()).LastError, StringComparison.Ordinal);
        Assert.False(await Dispatcher.DeliverOneAsync(default));
        services.Time.Advance(TimeSpan.FromSeconds(1));
        Assert.True(await Dispatcher.DeliverOneAsync(default));
        services.Time.Advance(TimeSpan.FromSeconds(1));
        Assert.False(await Dispatcher.DeliverOneAsync(default));
        services.Time.Advance(TimeSpan.FromSeconds(1));
        Assert.True(await Dispatcher.DeliverOneAsync(default));
        Assert.Equal(["First stubborn", "Second stubborn"], journal.Order);
        Assert.Equal(2, (await OnlyAsync()).Attempts);
    }

    [Fact]
    public async Task What_fails_every_time_is_dead_and_a_person_can_replay_it()
    {
        journal.Failures = OutboxDispatcher.MaxAttempts;
        await SayAsync("hopeless");
        for (int attempt = 0; attempt < OutboxDispatcher.MaxAttempts; attempt++)
        {
            Assert.True(await Dispatcher.DeliverOneAsync(default));
            services.Time.Advance(TimeSpan.FromMinutes(5));
        }
        Assert.False(await Dispatcher.DeliverOneAsync(default));
        Assert.Equal(
            new OutboxStanding(0, 1, null),
            await services.ActAsync<OutboxDesk, OutboxStanding>(Desk, d => d.StandingAsync(default))
        );
        string id = (await OnlyAsync()).Id;
        Assert.True((await services.ActAsync<OutboxDesk, Outcome<Done>>(Desk, d => d.ReplayAsync(id, default))).IsOk);
        Assert.True(await Dispatcher.DeliverOneAsync(default));
        Assert.Equal(["First hopeless", "Second hopeless"], journal.Order);
    }

    [Fact]
    public async Task Messages_of_one_key_wait_for_each_other_and_for_nobody_else()
    {
        journal.Failures = 1;
        await SayAsync("one", "k");
        await SayAsync("two", "k");
        await SayAsync("other", "l");
        Assert.True(await Dispatcher.DeliverOneAsync(default));
        Assert.True(await Dispatcher.DeliverOneAsync(default));
        Assert.False(await Dispatcher.DeliverOneAsync(default));
        services.Time.Advance(TimeSpan.FromSeconds(1));
        Assert.True(await Dispatcher.DeliverOneAsync(default));
        Assert.True(await Dispatcher.DeliverOneAsync(default));
        Assert.Equal(
            ["other", "one", "two"],
            journal.Order.Where(l => l.StartsWith("Second", StringComparison.Ordinal)).Select(l => l[7..])
        );
    }

    [Fact]
    public async Task Dispatchers_beside_each_other_deliver_each_message_once()
    {
        for (int i = 0; i < 40; i++)
            await SayAsync($"m{i}", $"k{i % 5}");
        var dispatcher = Dispatcher;
        async Task WorkAsync()
        {
            // One that found every key busy looks again: the others are still at work.
            while (journal.Order.Count < 80)
                await dispatcher.DeliverOneAsync(default);
        }
        await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => WorkAsync()));
        Assert.Equal(80, journal.Order.Distinct().Count());
        Assert.Equal(80, journal.Order.Count);
        for (int key = 0; key < 5; key++)
            Assert.Equal(
                Enumerable.Range(0, 8).Select(i => $"First m{key + (5 * i)}"),
                journal.Order.Where(l => l.StartsWith("First", StringComparison.Ordinal) && int.Parse(l[7..], null) % 5 == key)
            );
    }

    [Fact]
    public async Task A_handler_that_takes_longer_than_the_servers_limit_for_idle_transactions_keeps_its_message()
    {
        await using var impatient = NpgsqlDataSource.Create(
            new NpgsqlConnectionStringBuilder(db.ConnectionString) { Options = "-c idle_in_transaction_session_timeout=100ms" }
        );
        await using var host = Host(impatient);
        journal.During = "SELECT pg_sleep(0.3)";
        await SayAsync("long");
        Assert.True(await DispatcherOf(host).DeliverOneAsync(default));
        Assert.Equal(["First long", "Second long"], journal.Order);
        Assert.NotNull((await OnlyAsync()).DeliveredAt);
    }

    private Task<int> SayAsync(string text, string? key = null) =>
        services.ActAsync<Speaker, int>(Actor.System, s => s.SayAsync(text, key));

    private async Task<OutboxMessage> OnlyAsync()
    {
        await using var scope = services.Services.CreateAsyncScope();
        return await scope.ServiceProvider.GetRequiredService<MarketplaceDbContext>().Set<OutboxMessage>().AsNoTracking().SingleAsync();
    }
}

[Message("test.said.v1")]
internal sealed record Said(string Text);

/// <summary>What the handlers saw, and what they are told to do.</summary>
internal sealed class Journal
{
    private readonly List<string> order = [];

    /// <summary>How often the second handler fails before it works.</summary>
    public int Failures { get; set; }

    /// <summary>What the second handler has the server do.</summary>
    public string? During { get; set; }

    public IReadOnlyList<string> Order
    {
        get
        {
            lock (order)
                return [.. order];
        }
    }

    public void Add(string line)
    {
        lock (order)
            order.Add(line);
    }
}

internal sealed class First(Journal journal) : IMessageHandler<Said>
{
    public Task HandleAsync(Said message, CancellationToken ct)
    {
        journal.Add($"First {message.Text}");
        return Task.CompletedTask;
    }
}

internal sealed class Second(Journal journal, MarketplaceDbContext db) : IMessageHandler<Said>
{
    public async Task HandleAsync(Said message, CancellationToken ct)
    {
        if (journal.Failures > 0)
        {
            journal.Failures--;
            throw new InvalidOperationException("not yet");
        }
        if (journal.During is { } sql)
            await db.Database.ExecuteSqlRawAsync(sql, ct);
        journal.Add($"Second {message.Text}");
    }
}

internal sealed class Speaker(MarketplaceDbContext db, IOutbox outbox)
{
    public Task<int> SayAsync(string text, string? key)
    {
        outbox.Publish(new Said(text), key);
        return db.SaveChangesAsync();
    }
}
