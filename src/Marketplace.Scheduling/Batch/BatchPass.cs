using Marketplace.Scheduling.Placement;

namespace Marketplace.Scheduling.Batch;

/// <summary>One way of placing a batch, on a working state of its own. Dispose it to give the state back.</summary>
internal sealed class BatchPass : IDisposable
{
    private readonly BatchLines lines;
    private readonly WorkingState state;
    private readonly Decision?[] decisions;

    public BatchPass(BatchLines lines)
    {
        this.lines = lines;
        state = lines.Columns.Current.Rent();
        decisions = new Decision?[lines.Requests.Count];
    }

    /// <summary>By line; null for one without a place, until <see cref="ExplainRefusals"/>.</summary>
    public IReadOnlyList<Decision?> Decisions => decisions;
    public int Placed { get; private set; }

    /// <summary>Gives the line its best place on what is left, if there is one.</summary>
    /// <param name="within">The only offers it may take, ascending, or null for all.</param>
    public bool TryPlace(int line, int[]? within = null)
    {
        decisions[line] = Decider.TryPlace(state, lines.Requests[line], lines.Scope with { Within = within });
        Placed += decisions[line] is null ? 0 : 1;
        return decisions[line] is not null;
    }

    /// <summary>Decides a line that has no place, with all that is to say about it.</summary>
    public Decision Decide(int line)
    {
        var decision = Decider.Decide(state, lines.Requests[line], lines.Scope);
        decisions[line] = decision;
        Placed += decision.IsPlaced ? 1 : 0;
        return decision;
    }

    /// <summary>Says of every line without a place why, on what all the others leave. Equal lines have equal reasons.</summary>
    public void ExplainRefusals()
    {
        var known = new Dictionary<LineGroup, Refused>();
        for (var line = 0; line < decisions.Length; line++)
        {
            if (decisions[line] is not null)
            {
                continue;
            }

            var group = lines.GroupOf(line);
            if (group is not null && known.TryGetValue(group, out var refused))
            {
                decisions[line] = For(lines.Requests[line].Id, refused);
            }
            else if (Decide(line) is Refused first && group is not null)
            {
                known.Add(group, first);
            }
        }
    }

    public void Dispose() => lines.Columns.Current.Return(state);

    private static Refused For(string id, Refused refused) =>
        refused with
        {
            RequestId = id,
            Explanation = refused.Explanation with
            {
                WouldFitIf = [.. refused.Explanation.WouldFitIf.Select(c => c with { Request = c.Request with { Id = id } })],
            },
        };
}
