using Marketplace.Platform.Data;
using Marketplace.Platform.Parties;
using Microsoft.Extensions.DependencyInjection;

namespace Marketplace.Platform.Outbox;

/// <summary>
/// Hands a message straight to its handlers, without the outbox: for tests, and for the demo network's history, whose clock is not the
/// dispatcher's. Each handler runs as the system in a scope and transaction of its own, exactly as the dispatcher runs it.
/// </summary>
public sealed class MessageRelay
{
    private readonly IServiceScopeFactory scopes;
    private readonly ILookup<Type, HandlerRegistration> handlers;

    internal MessageRelay(IServiceScopeFactory scopes, IEnumerable<HandlerRegistration> registrations)
    {
        this.scopes = scopes;
        handlers = registrations.ToLookup(r => r.MessageType);
    }

    public async Task DeliverAsync<T>(T message, CancellationToken ct)
        where T : class
    {
        ArgumentNullException.ThrowIfNull(message);
        foreach (HandlerRegistration handler in handlers[typeof(T)])
        {
            await using var scope = scopes.CreateAsyncScope();
            scope.ServiceProvider.GetRequiredService<ActorContext>().Become(Actor.System);
            var db = scope.ServiceProvider.GetRequiredService<MarketplaceDbContext>();
            await db.InTransactionAsync(
                async t =>
                {
                    await handler.Invoke(scope.ServiceProvider, message, t);
                    return true;
                },
                ct
            );
        }
    }
}
