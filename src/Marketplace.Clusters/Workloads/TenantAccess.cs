using System.Text;
using System.Text.Json.Nodes;
using Marketplace.Clusters.Kubernetes;

namespace Marketplace.Clusters.Workloads;

/// <summary>Short-lived kubeconfigs for customers of dedicated namespaces.</summary>
internal static class TenantAccess
{
    private static readonly TimeSpan Shortest = TimeSpan.FromMinutes(10);
    private static readonly TimeSpan Longest = TimeSpan.FromDays(1);

    public static async Task<ClusterResult<string>> IssueAsync(KubernetesClient client, string ns, TimeSpan validFor, CancellationToken ct)
    {
        if (validFor < Shortest || validFor > Longest)
        {
            return new ClusterError(
                "access.validity",
                "Access is given for ten minutes to one day.",
                "validFor",
                "Choose a time in between."
            );
        }

        var request = new JsonObject
        {
            ["apiVersion"] = "authentication.k8s.io/v1",
            ["kind"] = "TokenRequest",
            ["spec"] = new JsonObject { ["expirationSeconds"] = (long)validFor.TotalSeconds },
        };
        var path = KubeKinds.ServiceAccounts.Path(ns, NamespaceManifests.Account, "token");
        var answer = await client.SendJsonAsync(HttpMethod.Post, path, request, ct: ct);
        if (!answer.IsOk)
        {
            return answer.Error;
        }

        return (string?)answer.Value["status"]?["token"] is { Length: > 0 } token
            ? Write(client.Config, ns, token)
            : new ClusterError("access.no_token", "The cluster did not give a token.", null, "Check that it supports TokenRequest.");
    }

    /// <summary>JSON is YAML, and quotes everything that needs it.</summary>
    private static string Write(KubeConfig config, string ns, string token)
    {
        var cluster = new JsonObject { ["server"] = config.Server.ToString() };
        if (config.Authorities.Count > 0)
        {
            var pem = string.Join('\n', config.Authorities.Select(a => a.ExportCertificatePem()));
            cluster["certificate-authority-data"] = Convert.ToBase64String(Encoding.ASCII.GetBytes(pem));
        }

        return new JsonObject
        {
            ["apiVersion"] = "v1",
            ["kind"] = "Config",
            ["clusters"] = new JsonArray(new JsonObject { ["name"] = ns, ["cluster"] = cluster }),
            ["users"] = new JsonArray(
                new JsonObject
                {
                    ["name"] = ns,
                    ["user"] = new JsonObject { ["token"] = token },
                }
            ),
            ["contexts"] = new JsonArray(
                new JsonObject
                {
                    ["name"] = ns,
                    ["context"] = new JsonObject
                    {
                        ["cluster"] = ns,
                        ["user"] = ns,
                        ["namespace"] = ns,
                    },
                }
            ),
            ["current-context"] = ns,
        }.ToJsonString();
    }
}
