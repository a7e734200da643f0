using System.Collections;

namespace Marketplace.Scheduling;

/// <summary>
/// A list that is worked out when somebody first reads it. A decision is made much faster than it is explained, and most explanations of
/// quotes that are compared are never read. Until then it keeps the snapshot alive that it explains. Safe for several threads.
/// </summary>
internal sealed class Deferred<T>(Func<IReadOnlyList<T>> make) : IReadOnlyList<T>
{
    private readonly Lazy<IReadOnlyList<T>> items = new(make);

    public int Count => items.Value.Count;

    public T this[int index] => items.Value[index];

    public IEnumerator<T> GetEnumerator() => items.Value.GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
}
