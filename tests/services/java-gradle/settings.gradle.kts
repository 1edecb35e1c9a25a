rootProject.name = "shipping"
