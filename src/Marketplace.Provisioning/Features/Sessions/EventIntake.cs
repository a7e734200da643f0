using System.Globalization;
using Marketplace.Clusters.Kubernetes.Models;
using Marketplace.Platform.Changes;
using Marketplace.Platform.Data;
using Marketplace.Provisioning.Data;
using Microsoft.EntityFrameworkCore;

namespace Marketplace.Provisioning.Features.Sessions;

/// <summary>Keeps what the cluster reported about a contract, in plain words, once per kind and object.</summary>
internal sealed class EventIntake(MarketplaceDbContext db, IChangeFeed changes)
{
    private const int MaxEvents = 500;

    public async Task<int> StoreAsync(string contractId, IReadOnlyList<KubeEvent> events, CancellationToken ct)
    {
        Workload? workload = await db.Set<Workload>().AsNoTracking().FirstOrDefaultAsync(w => w.ContractId == contractId, ct);
        if (workload is null)
            return 0;
        var known = await db.Set<WorkloadEventRow>().Where(e => e.ContractId == contractId).Select(e => e.EventKey).ToListAsync(ct);
        var seen = known.ToHashSet(StringComparer.Ordinal);
        int added = 0;
        foreach (KubeEvent e in events)
        {
            string key = $"{e.Reason}/{e.InvolvedObject.Name}";
            if (seen.Count >= MaxEvents || !seen.Add(key))
                continue;
            var (code, text) = PlainWords.Of(e);
            db.Add(
                new WorkloadEventRow
                {
                    ContractId = contractId,
                    EventKey = key,
                    At = e.LastTimestamp ?? e.EventTime ?? e.Metadata.CreationTimestamp ?? workload.CreatedAt,
                    Code = code,
                    Arguments = [e.InvolvedObject.Name ?? "", e.Message ?? ""],
                    Text = text,
                    Severity = e.Type == "Warning" ? "warning" : "info",
                    Raw = string.Create(
                        CultureInfo.InvariantCulture,
                        $"{e.Reason} {e.InvolvedObject.Kind}/{e.InvolvedObject.Name}: {e.Message}"
                    ),
                    CustomerId = workload.CustomerId,
                    OperatorId = workload.OperatorId,
                    CenterId = workload.CenterId,
                }
            );
            added++;
        }
        if (added > 0)
        {
            changes.Announce($"contract:{contractId}");
            await db.SaveChangesAsync(ct);
        }
        return added;
    }
}

/// <summary>Kubernetes' reasons as sentences; the code is the portal's key for translation.</summary>
internal static class PlainWords
{
    public static (string Code, string Text) Of(KubeEvent e) =>
        e.Reason switch
        {
            "Scheduled" => ("scheduled", $"{e.InvolvedObject.Name} got a place. {e.Message}"),
            "FailedScheduling" => ("waiting", $"{e.InvolvedObject.Name} waits for a place: {e.Message}"),
            "Pulling" => ("pulling", $"The image is being fetched for {e.InvolvedObject.Name}."),
            "Pulled" => ("pulled", $"The image is there for {e.InvolvedObject.Name}."),
            "Created" => ("created", $"The container of {e.InvolvedObject.Name} was made."),
            "Started" => ("started", $"{e.InvolvedObject.Name} started."),
            "Killing" => ("stopping", $"{e.InvolvedObject.Name} is being stopped."),
            "Failed" or "BackOff" => ("failing", $"{e.InvolvedObject.Name} keeps failing: {e.Message}"),
            "SuccessfulCreate" => ("replicas-made", e.Message ?? "A replica was made."),
            "Completed" => ("completed", "All replicas finished."),
            _ => ("other", e.Message ?? e.Reason ?? ""),
        };
}
