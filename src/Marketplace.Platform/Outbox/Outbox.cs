using System.Text.Json;
using System.Text.Json.Serialization;
using Marketplace.Platform.Changes;
using Marketplace.Platform.Data;
using Marketplace.Platform.Ids;

namespace Marketplace.Platform.Outbox;

internal sealed class Outbox(MarketplaceDbContext db, IdFactory ids, TimeProvider time, IChangeFeed changes) : IOutbox
{
    public static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web) { Converters = { new JsonStringEnumConverter() } };

    public void Publish<T>(T message, string? key = null, DateTimeOffset? notBefore = null)
        where T : class
    {
        ArgumentNullException.ThrowIfNull(message);
        DateTimeOffset now = time.GetUtcNow();
        db.Set<OutboxMessage>()
            .Add(
                new OutboxMessage
                {
                    Id = ids.New(IdPrefix.Message),
                    Type = MessageAttribute.NameOf(message.GetType()),
                    Key = key,
                    Payload = JsonSerializer.Serialize(message, message.GetType(), Json),
                    OccurredAt = now,
                    NextAttemptAt = notBefore > now ? notBefore.Value : now,
                }
            );
        changes.Announce(OutboxDispatcher.Topic);
    }
}
