namespace Marketplace.Platform.Changes;

/// <summary>
/// "Something about this topic changed": wakes pages and workers in every replica, those of other processes through PostgreSQL's LISTEN/NOTIFY. It
/// carries no data and may be lost with its process, so whoever waits also looks by itself now and then; whoever is woken reads again. Topics: <c>party:{id}</c>, <c>order:{id}</c>, <c>contract:{id}</c>, <c>quote:{id}</c>, <c>cluster:{id}</c>,
/// <c>market</c>, <c>ledger</c>, <c>jobs</c>, <c>books</c>.
/// </summary>
public interface IChangeFeed
{
    /// <summary>Announces with the current transaction: listeners hear it only if it commits, and after it has.</summary>
    void Announce(string topic);

    /// <summary>Announces at once what somebody else's transaction has committed for this scope.</summary>
    void AnnounceCommitted(IReadOnlyCollection<string> topics);

    /// <summary>Starts to listen. Dispose to stop.</summary>
    IChangeSubscription Subscribe(params string[] topics);
}

public interface IChangeSubscription : IDisposable
{
    /// <summary>Waits for the next change, or for the time limit. Changes between two waits are not lost; several collapse into one.</summary>
    /// <returns>true when something changed, false at the limit.</returns>
    Task<bool> WaitAsync(TimeSpan limit, CancellationToken ct);
}
