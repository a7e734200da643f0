using System.Reflection;

namespace Marketplace.Platform.Outbox;

/// <summary>Names a message on the wire, for example <c>provisioning.workload-changed.v1</c>. Never rename one; add a new version.</summary>
[AttributeUsage(AttributeTargets.Class, Inherited = false)]
public sealed class MessageAttribute(string name) : Attribute
{
    public string Name { get; } = name;

    public static string NameOf(Type type) =>
        type.GetCustomAttribute<MessageAttribute>()?.Name ?? throw new InvalidOperationException($"{type.Name} has no [Message] name.");
}

/// <summary>Writes messages into the outbox of the current transaction: they are delivered only if it commits, at least once.</summary>
public interface IOutbox
{
    /// <param name="key">
    /// Messages with the same key are delivered one after the other, oldest first; null for no order. One that waits for its time lets those behind
    /// it wait as well.
    /// </param>
    /// <param name="notBefore">When it may be delivered first; null = now.</param>
    void Publish<T>(T message, string? key = null, DateTimeOffset? notBefore = null)
        where T : class;
}

/// <summary>
/// Reacts to one kind of message. Runs as <see cref="Parties.Actor.System"/> in a DI scope and transaction of its own, together with the
/// inbox row that makes a second delivery a no-op. Must not call the network inside: publish, or set desired state.
/// </summary>
public interface IMessageHandler<in T>
    where T : class
{
    Task HandleAsync(T message, CancellationToken ct);
}
