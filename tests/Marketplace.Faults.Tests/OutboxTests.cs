using Marketplace.Billing.Contracts;
using Marketplace.Billing.Ledger;
using Marketplace.Billing.Tests;
using Marketplace.Faults.Tests.Support;
using Marketplace.Platform;
using Marketplace.Platform.Data;
using Marketplace.Platform.Ids;
using Marketplace.Platform.Outbox;
using Marketplace.Platform.Parties;
using Marketplace.Testing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using static Marketplace.Billing.Tests.BillingHouse;

namespace Marketplace.Faults.Tests;

/// <summary>A message that is delivered many times, by several dispatchers, moves its money once, although its handler alone would not.</summary>
public sealed class OutboxTests(PostgresFixture db) : IClassFixture<PostgresFixture>
{
    private const int Messages = 10;
    private const int Redeliveries = 12;
    private const int Dispatchers = 4;

    /// <summary>Somebody is to have one micro-unit.</summary>
    [Message("faults.gift.v1")]
    public sealed record Gift(string PartyId);

    [Fact]
    public Task Delivered_again_and_again_it_has_its_effect_once() =>
        Rounds.RunAsync(
            brief: 1,
            extended: 10,
            async seed =>
            {
                await using BillingHouse house = Over(
                    db,
                    s =>
                    {
                        s.AddSingleton(new Moods(seed));
                        s.AddMessageHandler<Gift, Giver>();
                    }
                );
                string[] parties = [.. Enumerable.Range(0, Messages).Select(_ => house.NewParty())];
                await house.ActAsync<IServiceProvider, int>(
                    Actor.System,
                    scope =>
                        scope
                            .GetRequiredService<MarketplaceDbContext>()
                            .InTransactionAsync(
                                _ =>
                                {
                                    foreach (string party in parties)
                                        scope.GetRequiredService<IOutbox>().Publish(new Gift(party), party);
                                    return Task.FromResult(0);
                                },
                                default
                            )
                );
                await using var services = house.Services.CreateAsyncScope();
                var dispatcher = ActivatorUtilities.CreateInstance<OutboxDispatcher>(
                    services.ServiceProvider,
                    NullLogger<OutboxDispatcher>.Instance
                );
                for (int i = 0; i < Redeliveries; i++)
                {
                    await Task.WhenAll(
                        Enumerable
                            .Range(0, Dispatchers)
                            .Select(_ =>
                                Task.Run(async () =>
                                {
                                    while (await dispatcher.DeliverOneAsync(default)) { }
                                })
                            )
                    );
                    // As after a dispatcher that died between handling and marking: delivered, and nobody knows.
                    await using var forget = db.DataSource.CreateCommand("update platform.outbox_message set delivered_at = null");
                    await forget.ExecuteNonQueryAsync();
                    house.Time.Advance(TimeSpan.FromMinutes(10));
                }
                foreach (string party in parties)
                    Assert.Equal(1, (await house.WalletAsync(party)).Available.Micros);
                await using var end = db.DataSource.CreateCommand("delete from platform.outbox_message");
                await end.ExecuteNonQueryAsync();
                await BooksRight.AssertAsync(house, db.DataSource);
            }
        );

    /// <summary>Whether a handler fails after it has posted; the first few times some do.</summary>
    private sealed class Moods(int seed)
    {
        private readonly Random random = new(seed);
        private readonly Lock gate = new();
        private int failures;

        public bool Fails()
        {
            lock (gate)
                return failures < Messages && random.Next(2) == 0 && ++failures > 0;
        }
    }

    /// <summary>Posts under a new key each time it is called: nothing but the inbox keeps it from giving twice.</summary>
    private sealed class Giver(LedgerWriter writer, IdFactory ids, Moods moods, TimeProvider time) : IMessageHandler<Gift>
    {
        public async Task HandleAsync(Gift message, CancellationToken ct)
        {
            await writer.PostOneAsync(
                new JournalDraft(
                    "gift",
                    "faults",
                    ids.New(IdPrefix.Journal),
                    time.GetUtcNow(),
                    null,
                    "",
                    [new LegDraft(Chart.PromoExpense(Cny), Chart.Available(message.PartyId, Cny), 1)]
                ),
                ct
            );
            if (moods.Fails())
                throw new InvalidOperationException("The handler fails after it has posted.");
        }
    }
}
