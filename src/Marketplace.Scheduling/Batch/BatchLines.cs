using Marketplace.Scheduling.Model;
using Marketplace.Scheduling.Placement;

namespace Marketplace.Scheduling.Batch;

/// <summary>The requests of a batch with equal parts shared, and the groups of those that are alike.</summary>
internal sealed class BatchLines
{
    private readonly LineGroup?[] groupOf;
    private readonly List<LineGroup> groups = [];

    public BatchLines(SupplySnapshot snapshot, IReadOnlyList<PlacementRequest> requests)
    {
        Columns = snapshot.Columns;
        Scope = new DecisionScope(null, null, new ShapeCache(Columns));
        var interner = new RequestInterner();
        Requests = [.. requests.Select(interner.Intern)];
        groupOf = new LineGroup?[Requests.Count];
    }

    public SupplyColumns Columns { get; }
    public DecisionScope Scope { get; }
    public IReadOnlyList<PlacementRequest> Requests { get; }

    /// <summary>Groups of the lines that have one role; valid after <see cref="Group"/>.</summary>
    public IReadOnlyList<LineGroup> Groups => groups;

    /// <summary>The group of a line, or null: several roles, or nothing that could be decided.</summary>
    public LineGroup? GroupOf(int line) => groupOf[line];

    public void Group()
    {
        var known = new Dictionary<object, LineGroup>();
        for (var line = 0; line < Requests.Count; line++)
        {
            var request = Requests[line];
            if (request.Roles.Count != 1 || !CanBeDecided(line))
            {
                continue;
            }

            var role = request.Roles[0];
            // Interned lists compare by reference.
            var key = (
                role.Name,
                role.Replicas,
                role.Variants,
                request.Constraints,
                (request.ContractClass, request.Objective, request.Currency, request.NearRegion),
                (request.MaxPricePerCardHour, request.BudgetPerHour)
            );
            if (!known.TryGetValue(key, out var group))
            {
                group = new LineGroup(request, Scope);
                known.Add(key, group);
                groups.Add(group);
            }

            groupOf[line] = group;
            group.Lines.Add(line);
        }
    }

    /// <summary>Whether the request is in order and says which currency it means.</summary>
    public bool CanBeDecided(int line) =>
        RequestValidation.Check(Requests[line]).Count == 0 && (Requests[line].Currency is not null || Columns.Index.Currencies.Count <= 1);

    /// <summary>Cards of one replica in 1/1000, of the largest: what is hardest to find on one node.</summary>
    public long ReplicaMilli(int line) =>
        Requests[line].Roles.Max(role => role.Variants.Max(variant => (long)variant.CardsPerReplica * variant.ComputeMilli));
}
