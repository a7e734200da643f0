using System.Text.Json.Nodes;
using Marketplace.Simulator.Api;
using Marketplace.Simulator.Resources;
using Marketplace.Simulator.Store;

namespace Marketplace.Simulator.Controllers;

/// <summary>The storage provisioner: gives each claim of a known class a volume, and takes it away with the claim.</summary>
internal sealed class ClaimBinder(ClusterApi api) : Controller(api)
{
    public override IEnumerable<ObjectKey> Everything() => Keys(ResourceCatalog.Claims);

    public override IEnumerable<ObjectKey> ConcernedBy(Change change)
    {
        if (change.Object.Type == ResourceCatalog.Claims)
        {
            yield return change.Object.Key;
        }
    }

    public override TimeSpan? Reconcile(ObjectKey key)
    {
        var claim = Store.Get(ResourceCatalog.Claims, key.Namespace, key.Name);
        if (claim is null)
        {
            foreach (var volume in Store.List(ResourceCatalog.Volumes, null, Selector.Everything).Items)
            {
                var tree = volume.Open();
                if (tree.Text("spec", "claimRef", "namespace") == key.Namespace && tree.Text("spec", "claimRef", "name") == key.Name)
                {
                    Api.Delete(Caller.System, volume.Type, "", volume.Name, new DeleteWish { Uid = volume.Uid });
                }
            }
            return null;
        }
        var body = claim.Open();
        if (
            claim.Terminating
            || claim.Phase == "Bound"
            || Store.Get(ResourceCatalog.StorageClasses, "", body.Text("spec", "storageClassName") ?? "") is not { } storage
        )
        {
            return null;
        }
        var name = "pvc-" + claim.Uid;
        var capacity = body.Text("spec", "resources", "requests", "storage") ?? "0";
        var created = Api.Create(
            Caller.System,
            ResourceCatalog.Volumes,
            "",
            new JsonObject
            {
                ["metadata"] = new JsonObject { ["name"] = name },
                ["spec"] = new JsonObject
                {
                    ["capacity"] = new JsonObject { ["storage"] = capacity },
                    ["accessModes"] = body.At("spec", "accessModes")?.DeepClone(),
                    ["persistentVolumeReclaimPolicy"] = "Delete",
                    ["storageClassName"] = storage.Name,
                    ["volumeMode"] = "Filesystem",
                    ["claimRef"] = new JsonObject
                    {
                        ["kind"] = "PersistentVolumeClaim",
                        ["apiVersion"] = "v1",
                        ["namespace"] = key.Namespace,
                        ["name"] = key.Name,
                        ["uid"] = claim.Uid,
                    },
                },
                ["status"] = new JsonObject { ["phase"] = "Bound" },
            }
        );
        if (created.Refused(out var refused, out _) && refused.Reason != "AlreadyExists")
        {
            Api.Record(claim, "Warning", "ProvisioningFailed", refused.Message, "persistentvolume-controller");
            return TimeSpan.FromSeconds(10);
        }
        Api.Change(
            Caller.System,
            claim.Type,
            claim.Namespace,
            claim.Name,
            t =>
            {
                t.Ensure("spec")["volumeName"] = name;
                return t;
            },
            subresource: null
        );
        Api.Change(
            Caller.System,
            claim.Type,
            claim.Namespace,
            claim.Name,
            t =>
            {
                t["status"] = new JsonObject
                {
                    ["phase"] = "Bound",
                    ["accessModes"] = t.At("spec", "accessModes")?.DeepClone(),
                    ["capacity"] = new JsonObject { ["storage"] = capacity },
                };
                return t;
            },
            "status"
        );
        return null;
    }
}
