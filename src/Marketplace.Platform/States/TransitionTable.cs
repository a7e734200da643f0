namespace Marketplace.Platform.States;

/// <summary>An illegal transition was asked for: a bug, or a race the caller must turn into a conflict.</summary>
public sealed class IllegalTransitionException(string machine, string from, string to)
    : InvalidOperationException($"{machine} cannot go from {from} to {to}.");

/// <summary>
/// The explicit transitions of one state machine. Every pair that is not listed is forbidden and fails loudly, also from a state to itself.
/// </summary>
public sealed class TransitionTable<TState>
    where TState : struct, Enum
{
    private readonly Dictionary<TState, HashSet<TState>> allowed = [];

    public TransitionTable(string name, params (TState From, TState[] To)[] rows)
    {
        ArgumentNullException.ThrowIfNull(rows);
        Name = name;
        foreach (var (from, to) in rows)
        {
            if (!allowed.TryAdd(from, [.. to]))
                throw new ArgumentException($"{name}: {from} is listed twice.", nameof(rows));
        }
    }

    public string Name { get; }

    public bool Allows(TState from, TState to) => allowed.TryGetValue(from, out var targets) && targets.Contains(to);

    public bool IsFinal(TState state) => !allowed.TryGetValue(state, out var targets) || targets.Count == 0;

    /// <returns><paramref name="to"/>, for assignment.</returns>
    /// <exception cref="IllegalTransitionException">The pair is not in the table.</exception>
    public TState Move(TState from, TState to) => Allows(from, to) ? to : throw new IllegalTransitionException(Name, $"{from}", $"{to}");

    /// <summary>Every pair that must fail, for tests.</summary>
    public IEnumerable<(TState From, TState To)> Forbidden() =>
        from f in Enum.GetValues<TState>()
        from t in Enum.GetValues<TState>()
        where !Allows(f, t)
        select (f, t);
}
