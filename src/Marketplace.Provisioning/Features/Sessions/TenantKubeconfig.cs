using Marketplace.Clusters;
using Marketplace.Clusters.Kubernetes;

namespace Marketplace.Provisioning.Features.Sessions;

/// <summary>A kubeconfig for one namespace and one short-lived token.</summary>
internal static class TenantKubeconfig
{
    public static string Write(KubeConfig cluster, string ns, string token)
    {
        string authority = cluster.AuthorityData is { } data ? $"\n    certificate-authority-data: {data}" : "";
        return $"""
            # What was bought is held for this namespace. Pods run on it when they name our scheduler:
            #   spec: {"{"}schedulerName: {Marks.SchedulerName}{"}"}
            # Pods of other schedulers land on whatever is free elsewhere, and may have to go.
            apiVersion: v1
            kind: Config
            clusters:
            - name: marketplace
              cluster:
                server: {cluster.Server}{authority}
            users:
            - name: tenant
              user:
                token: {token}
            contexts:
            - name: {ns}
              context:
                cluster: marketplace
                user: tenant
                namespace: {ns}
            current-context: {ns}

            """;
    }
}
