namespace Marketplace.Platform.Parties;

/// <summary>
/// Who acts in this DI scope. Set once, by whoever opens the scope (request middleware, portal action, background worker);
/// the DbContext's party filter and every handler read it.
/// </summary>
public sealed class ActorContext
{
    private Actor? current;

    /// <summary>The actor.</summary>
    /// <exception cref="InvalidOperationException">Nobody has been set: a bug in the caller, never a default to "everybody".</exception>
    public Actor Current => current ?? throw new InvalidOperationException("No actor in this scope. Call Become before using a module.");

    public Actor? TryGet() => current;

    /// <exception cref="InvalidOperationException">Another actor is already set: a scope never changes hands.</exception>
    public void Become(Actor actor)
    {
        ArgumentNullException.ThrowIfNull(actor);
        if (current is not null && current != actor)
            throw new InvalidOperationException("This scope already has an actor.");
        current = actor;
    }
}
