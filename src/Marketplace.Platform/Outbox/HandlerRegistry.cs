using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;

namespace Marketplace.Platform.Outbox;

/// <summary>Which handler gets which message. Filled by <see cref="PlatformModule.AddMessageHandler{TMessage, THandler}"/>.</summary>
internal sealed record HandlerRegistration(
    string MessageName,
    Type MessageType,
    Type HandlerType,
    Func<IServiceProvider, object, CancellationToken, Task> Invoke
)
{
    public string HandlerName => HandlerType.Name;

    public static HandlerRegistration For<TMessage, THandler>()
        where TMessage : class
        where THandler : class, IMessageHandler<TMessage> =>
        new(
            MessageAttribute.NameOf(typeof(TMessage)),
            typeof(TMessage),
            typeof(THandler),
            (services, message, ct) => services.GetRequiredService<THandler>().HandleAsync((TMessage)message, ct)
        );

    public object Read(string payload) =>
        JsonSerializer.Deserialize(payload, MessageType, Outbox.Json)
        ?? throw new InvalidOperationException($"Message {MessageName} has an empty payload.");
}
