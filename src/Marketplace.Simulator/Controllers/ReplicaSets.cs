using Marketplace.Simulator.Api;
using Marketplace.Simulator.Resources;
using Marketplace.Simulator.Store;

namespace Marketplace.Simulator.Controllers;

/// <summary>Keeps a ReplicaSet's number of pods.</summary>
internal sealed class ReplicaSets(ClusterApi api) : PodOwner(api, ResourceCatalog.ReplicaSets)
{
    public override TimeSpan? Reconcile(ObjectKey key)
    {
        if (Store.Get(Type, key.Namespace, key.Name) is not { Terminating: false } set)
        {
            return null;
        }
        var tree = set.Open();
        var wanted = (int)(tree.Whole("spec", "replicas") ?? 1);
        var active = PodsOf(set).Where(IsActive).ToList();
        ApiFailure? refused = null;
        for (var i = active.Count; i < wanted && refused is null; i++)
        {
            refused = CreatePod(set, tree.Map("spec", "template")!, name: null);
        }
        // The least useful go first: not placed, not running, not ready, youngest.
        foreach (var pod in active.OrderBy(Usefulness).ThenByDescending(p => p.Version).Take(active.Count - wanted))
        {
            DeletePod(set, pod);
        }
        var now = PodsOf(set).Where(IsActive).ToList();
        var ready = now.Count(IsReady);
        WriteStatus(
            set,
            t =>
            {
                var status = t.Ensure("status");
                status["replicas"] = now.Count;
                status["fullyLabeledReplicas"] = now.Count;
                status["readyReplicas"] = ready;
                status["availableReplicas"] = ready;
                status["observedGeneration"] = tree.Whole("metadata", "generation") ?? 0;
                if (refused is null)
                {
                    Conditions.Clear(t, "ReplicaFailure");
                }
                else
                {
                    Conditions.Set(t, "ReplicaFailure", "True", "FailedCreate", refused.Message, Now);
                }
            }
        );
        return refused is null ? null : RefusedRetry;
    }

    private static int Usefulness(StoredObject pod) =>
        pod.NodeName.Length == 0 ? 0
        : pod.Phase != "Running" ? 1
        : IsReady(pod) ? 3
        : 2;
}
