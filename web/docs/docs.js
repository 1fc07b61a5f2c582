// The page of the API: the areas, and the viewer with the chosen one's description.

const AREAS = [
  "inbox", "live", "announcements", "schedules", "stages", "alerts", "accounts", "operations",
];

const asked = new URLSearchParams(location.search).get("area") ?? "";
const area = AREAS.includes(asked) ? asked : "";

for (const name of ["", ...AREAS]) {
  const link = document.createElement("a");
  link.href = name ? `/docs?area=${name}` : "/docs";
  link.textContent = name || "everything";
  if (name === area) link.setAttribute("aria-current", "page");
  document.getElementById("areas").append(link);
}

SwaggerUIBundle({
  url: area ? `/openapi/${area}.json` : "/openapi.json",
  dom_id: "#api",
  deepLinking: true,
  docExpansion: area ? "list" : "none",
  defaultModelsExpandDepth: 0,
  validatorUrl: null, // it would ask another host
  withCredentials: true,
});
