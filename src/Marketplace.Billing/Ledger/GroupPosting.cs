using Npgsql;

namespace Marketplace.Billing.Ledger;

/// <summary>
/// Posts for callers that have no transaction open. Single journals that are asked for while all lanes are busy go out together with the next
/// statement: a transaction costs more than the journals in it, and callers who meet share it (group commit, DeWitt et al., SIGMOD 1984). Each is told
/// about its own journal only, after it is committed; where the group is refused, each is posted by itself, so that nobody fails for another.
/// </summary>
/// <remarks>
/// The journals of a group are weighed together, as those of one call are: two that pay for each other pass, whichever came first.
/// </remarks>
internal sealed class GroupPosting(NpgsqlDataSource source)
{
    /// <summary>Statements under way at once: enough that the server has the next one while we hand out the answers of the last.</summary>
    internal const int Lanes = 2;
    private const int MaxJournals = 1_000;
    private readonly Lock gate = new();
    private readonly Queue<Request> waiting = [];
    private int busy;

    /// <summary>Posts one journal.</summary>
    /// <param name="ct">Looked at before it is sent. What is sent is awaited: its caller has to know what became of it.</param>
    public Task<Posted> PostAsync(SignedDraft journal, CancellationToken ct)
    {
        ct.ThrowIfCancellationRequested();
        var request = new Request(journal);
        lock (gate)
        {
            waiting.Enqueue(request);
            if (busy == Lanes)
                return request.Answer.Task;
            busy++;
        }
        // What is sent is no part of the first one's request or its trace.
        ThreadPool.UnsafeQueueUserWorkItem(static posting => _ = posting.SendAllAsync(), this, preferLocal: true);
        return request.Answer.Task;
    }

    /// <summary>Posts one caller's journals in a transaction of their own: all or none.</summary>
    public async Task<IReadOnlyList<Posted>> PostTogetherAsync(IReadOnlyList<SignedDraft> journals, CancellationToken ct)
    {
        await using NpgsqlConnection connection = await source.OpenConnectionAsync(ct);
        await using var batch = new NpgsqlBatch(connection);
        return await PostingCall.RunAsync(batch, journals, ct);
    }

    private async Task SendAllAsync()
    {
        while (Next() is { Count: > 0 } group)
        {
            await SendAsync(group);
            // Whoever was answered may come with the next one: those run first, and are part of the next group.
            await Task.Yield();
        }
    }

    /// <summary>As many of those that wait as one statement takes. A key that is there already waits for the one before it.</summary>
    private List<Request> Next()
    {
        lock (gate)
        {
            var group = new List<Request>(waiting.Count);
            var keys = new HashSet<(string, string)>();
            while (group.Count < MaxJournals && waiting.TryPeek(out Request? next) && keys.Add((next.Draft.Source, next.Draft.Key)))
                group.Add(waiting.Dequeue());
            if (group.Count == 0)
                busy--;
            return group;
        }
    }

    private async Task SendAsync(List<Request> group)
    {
        try
        {
            var posted = await PostTogetherAsync([.. group.Select(r => r.Journal)], CancellationToken.None);
            foreach (var (request, answer) in group.Zip(posted))
                request.Answer.SetResult(answer);
        }
        catch (PostgresException) when (group.Count > 1)
        {
            // Refused as a whole, and rolled back: by whom is not known.
            foreach (Request request in group)
                await SendAsync([request]);
        }
        catch (Exception e)
        {
            // Also when the connection is lost, and nobody knows what is committed: each asks again under its key.
            foreach (Request request in group)
                request.Answer.SetException(e);
        }
    }

    private sealed record Request(SignedDraft Journal)
    {
        public JournalDraft Draft => Journal.Draft;
        public TaskCompletionSource<Posted> Answer { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}
